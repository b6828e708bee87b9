"""What a page says beside each figure, in English and Chinese: its title, and how to read it."""

from typing import NamedTuple

from sim.views.phrases import Language


class Beside(NamedTuple):
    """The title of a figure, and what it shows."""

    title: str
    caption: str


_EN = {
    "front": Beside(
        "What is worth its price",
        "Candidates run again with fresh luck, by the first two objectives, with intervals: those on the front are "
        "filled and joined, the others are beaten or break a bound.",
    ),
    "tornado": Beside(
        "What each assumption does by itself",
        "The conclusion with one assumption at a time at either end of its range, the others as they are; the upright "
        "line is the conclusion as it is.",
    ),
    "steps": Beside(
        "Where the hours go",
        "Mean hours of a vehicle at each step: solid is work, pale is waiting, hatched is work done but no room ahead. "
        "Mean of all runs.",
    ),
    "week": Beside(
        "Who is held up over the week",
        "Vehicles that wait or are blocked on our side, by hour of the week: the mean of all runs and measured weeks.",
    ),
    "road": Beside(
        "The road in space and time",
        "How densely vehicles stand on the way to the port, kilometres before it against the hour, on the day of the "
        "longest queue in run 1. Dark is a standing queue.",
    ),
    "road_queues": Beside("How far queues reach", "The length of the queue on each road on that day, run 1."),
    "road_counts": Beside(
        "The delay between two counts",
        "Vehicles that could have left the road with the longest queue by each time, and those that had: the area "
        "between is delay. Run 1.",
    ),
    "trains": Beside(
        "The train graph",
        "A line for each vehicle over the steps on its way, on the days on which they stand longest in run 1; thick "
        "is waiting.",
    ),
    "stores": Beside("What waits in store", "Units that wait for a vehicle: the mean of the runs, and all of them."),
    "dwell": Beside("How long cargo is in store", "Share of the units that have left the store after so many hours."),
    "cargo": Beside(
        "The hours of cargo, and how full vehicles leave",
        "What the hours of a unit are spent with, from its arrival until it leaves; and with how much of their room "
        "filled vehicles leave. Mean of all runs.",
    ),
    "recovery": Beside(
        "Until all is as before",
        "Vehicles held up on our side with the disruption and on the same days without it. Mean of all runs.",
    ),
    "use": Beside(
        "Which lanes are busy when",
        "Share of the scheduled time of lanes in which somebody is served, by facility and hour of the week, in run 1; "
        "hatched is closed.",
    ),
    "counts": Beside(
        "Who has come and who has gone",
        "Cumulative vehicles that have come to the port and that have left it: across is how long they stay, down is "
        "how many are there, on both sides of the border. Run 1.",
    ),
    "frontier": Beside(
        "What each policy costs and saves",
        "Every policy by itself: what the port pays more a day, and the hours that freight takes to clear, against "
        "the baseline. Bars are intervals; filled are those that no other beats for certain.",
    ),
    "responses": Beside(
        "What each factor does",
        "The outcome of every point of the study against the level of each factor, with intervals; lines join the "
        "means at each level.",
    ),
}
_ZH = {
    "front": Beside(
        "哪些方案值得采用",
        "候选方案以新随机数重新运行，按前两个目标绘出并附置信区间：前沿上的方案为实心并相连，其余被超过或违反约束。",
    ),
    "tornado": Beside("各假定单独的影响", "每次只把一个假定放到其范围的一端，其余不变；竖线为现有结论。"),
    "steps": Beside(
        "时间花在哪里", "各环节每车平均用时：实色为作业，浅色为等待，斜线为作业已完成而前方无位。各次仿真平均。"
    ),
    "week": Beside("一周之内谁被滞留", "我方等待或受阻的车辆数，按一周各小时；各次仿真、各统计周平均。"),
    "road": Beside(
        "道路时空图", "第1次仿真中排队最长之日，通往口岸的道路上车辆的密度：纵轴为距口岸公里数。深色为静止的车队。"
    ),
    "road_queues": Beside("排队有多长", "当日各路段的排队长度，第1次仿真。"),
    "road_counts": Beside(
        "两条累计曲线之间的延误",
        "排队最长的路段上，到各时刻本可驶出和已驶出的车辆数；两线之间的面积为延误。第1次仿真。",
    ),
    "trains": Beside("列车运行图", "第1次仿真中停留最久的几日，每列车一条线，沿其各环节；粗线为等待。"),
    "stores": Beside("堆存等待的货物", "等待车辆的单元数：各次仿真的平均和范围。"),
    "dwell": Beside("货物堆存多久", "堆存若干小时后已离开的单元所占百分比。"),
    "cargo": Beside("货物时间与车辆装载", "每单元货物从到达到离开的时间构成，以及车辆离开时的装载率。各次仿真平均。"),
    "recovery": Beside("何时恢复如前", "有中断和没有中断的同一些日子里我方滞留的车辆数。各次仿真平均。"),
    "use": Beside("哪些通道何时繁忙", "各设施排班时间的利用率，按一周各小时，第1次仿真；斜线为关闭。"),
    "counts": Beside(
        "来了多少，走了多少",
        "到达口岸和离开口岸的累计车辆数：横向距离为停留时间，纵向距离为在场车辆数（含境外一侧）。第1次仿真。",
    ),
    "frontier": Beside(
        "各项政策的代价与收益",
        "逐项政策与现状相比：口岸每日支出的增加，和货物通关小时数的变化。线段为置信区间；实心为没有其他政策确定更优。",
    ),
    "responses": Beside("各因素的影响", "研究中各方案的结果与各因素取值的关系，附置信区间；连线为各取值的平均。"),
}
REPORT_WORDS: dict[Language, dict[str, Beside]] = {"en": _EN, "zh": _ZH}
