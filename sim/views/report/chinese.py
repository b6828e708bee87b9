"""Chinese for what tables and checks say in English: rows and headings, and the warnings of a run."""

import re
from collections.abc import Mapping

from sim.port import expand_stops
from sim.scenario.schema import Scenario
from sim.views.naming import name_scenario

ROWS = {
    # vehicles
    "both sides together, mean (h)": "两侧合计，平均（小时）",
    "waiting at home, mean (h)": "在家等候，平均（小时）",
    "from wish to release, mean (h)": "自希望出发至放行，平均（小时）",
    "release time, mean (h)": "放行时间，平均（小时）",
    "of that waiting (h)": "其中等待（小时）",
    "of that processing (h)": "其中作业（小时）",
    "of that next step full (h)": "其中下一环节已满（小时）",
    "until called (h)": "等候叫号（小时）",
    "release time, median (h)": "放行时间，中位数（小时）",
    "release time, 90 % within (h)": "放行时间，90%的车辆（小时）",
    "release time, 95 % within (h)": "放行时间，95%的车辆（小时）",
    "90 % within (h)": "90%的车辆（小时）",
    "released within 24 h (%)": "24小时内放行（%）",
    "released per day": "每日放行",
    "still here at the end": "结束时仍在口岸",
    "on the way, mean (min)": "途中，平均（分钟）",
    "of that queueing (min)": "其中排队（分钟）",
    "of that held up ahead (min)": "其中前方受阻（分钟）",
    # cargo, carriers, terminals
    "whole stay, mean (h)": "总停留，平均（小时）",
    "whole stay, 90 % within (h)": "总停留，90%（小时）",
    "in store, mean (h)": "堆存，平均（小时）",
    "in store, 90 % within (h)": "堆存，90%（小时）",
    "lifted straight across (%)": "直接换装（%）",
    "leaving per day (units)": "每日离开（单元）",
    "leaving per day (TEU)": "每日离开（标准箱）",
    "leaving per day (t)": "每日离开（吨）",
    "leaving per day": "每日离开",
    "waiting for vehicle, mean (units)": "等待车辆，平均（单元）",
    "left behind, mean (units)": "未能装运，平均（单元）",
    "left behind, at most (units)": "未能装运，最多（单元）",
    "room filled on leaving (%)": "离开时装载率（%）",
    "leaving late, mean (h)": "离开晚点，平均（小时）",
    "leaving late, 90 % within (h)": "离开晚点，90%（小时）",
    "cranes in use (%)": "起重机利用率（%）",
    "lifts per day": "每日吊装次数",
    "cranes stopped (h/day)": "起重机停止（小时/日）",
    "in store, mean (units)": "堆存，平均（单元）",
    "in store, at most (units)": "堆存，最多（单元）",
    "slots taken, at most (%)": "箱位占用，最多（%）",
    "tracks, engines, wagons in use (%)": "线路、机车、车辆利用率（%）",
    "wagons that stand idle, mean": "闲置车辆，平均",
    "vehicles that cross, mean": "过境车辆，平均",
    "of these waiting": "其中等待",
    "export, our side": "出境，我方",
    "export, beyond the border": "出境，境外",
    "import, our side": "进境，我方",
    "import, beyond the border": "进境，境外",
    # stops and roads
    "longest queues (vehicles)": "最长排队（辆）",
    "longest queues elsewhere": "其他环节最长排队",
    "busiest stations (% of open time)": "最忙环节（占开放时间的%）",
    "where delay begins (vehicle-h/day)": "延误的起因（车小时/日）",
    "where delay begins (h/day)": "延误的起因（小时/日）",
    "longest queues on roads (km)": "道路最长排队（公里）",
    "roads full from end to end (h/day)": "道路全线排满（小时/日）",
    "delay on roads (vehicle-h/day)": "道路延误（车小时/日）",
    "traffic of the port": "口岸车流",
    "other traffic": "其他车流",
    # the port
    "inspections (%)": "查验（%）",
    "opened, of those that may be": "掏箱查验，占可查验车辆",
    "of these with something wrong": "其中查获问题",
    "found, of all with something wrong": "查获，占全部有问题车辆",
    "what it takes": "所需投入",
    "staff-hours/day, our side": "我方人员（工时/日）",
    "lane-hours/day, our side": "我方通道开放（小时/日）",
    "what it costs": "费用",
    "port, 1,000 yuan/day": "口岸，千元/日",
    "users, with fees, 1,000 yuan/day": "用户（含收费），千元/日",
    "both, less fees, 1,000 yuan/day": "合计（扣除收费），千元/日",
    "users, with fees, yuan per vehicle": "用户（含收费），元/辆",
    "CO2 per vehicle (kg)": "每辆二氧化碳（千克）",
    "TFI1, to clear freight (h)": "TFI1，货物通关时间（小时）",
    "TFI2, paid to clear it (USD)": "TFI2，通关费用（美元）",
    # disruptions
    "disruption": "事件",
    "times": "次数",
    "hours in all": "合计小时",
    "vehicles held up, at most": "滞留车辆，最多",
    "hours until as in the day before": "恢复至前一日水平的小时数",
    "times not within the run": "未能在仿真期内恢复的次数",
    "more vehicles held up, at most": "多滞留的车辆，最多",
    "more km of road queue, at most": "多排队的公里数，最多",
    "hours from its end until that is gone": "结束后恢复所需小时",
    "runs in which it goes": "恢复的仿真次数",
    "not within the run": "仿真期内未恢复",
    "unstable": "不稳定",
}
"""Rows and headings of tables (`sim.views.tables`, `sim.views.terminal_sections`), but for what scenarios name."""

_WARNINGS = (
    (
        r"(.*?): (.*) is unstable, more of it comes than leaves: what is there grows by (.*) of arrivals .*",
        "{0}：{1}不稳定，到达多于离开，统计期内增长为到达量的{2}；均值不存在，需要更多车辆、起重机或查验能力",
    ),
    (
        r"(.*?): (.*) is unstable, its vehicles present grow by (.*) of arrivals over the window; .*",
        "{0}：{1}不稳定，在口岸的车辆在统计期内增长为到达量的{2}；均值不存在，需要增加能力",
    ),
    (
        r"(.*?): the cranes of (.*) are near saturation, they lift for (.*) of their scheduled time",
        "{0}：{1}的起重机接近饱和，作业占排班时间的{2}",
    ),
    (
        r"(.*?): (.*) is beyond saturation, offered work is (.*) of its scheduled server time",
        "{0}：{1}超过饱和，作业需求为排班能力的{2}",
    ),
    (
        r"(.*?): (.*) is near saturation, offered work is (.*) of its scheduled server time",
        "{0}：{1}接近饱和，作业需求为排班能力的{2}",
    ),
    (
        r"(.*?): MSER-5 finds (.*) h of warm-up, the run has (.*) h; set (.*) or more",
        "{0}：MSER-5 认为热身期需要{1}小时，本次为{2}小时；请设 {3} 或更多",
    ),
    (
        r"(.*?): (.*) has no lane open for (.*) h of the service hours a day; .*",
        "{0}：{1}每日服务时间内有{2}小时没有开放的通道，人员不足，排队可能阻塞前面的环节",
    ),
    (
        r"(.*?): recovery from its disruptions is not given, .*",
        "{0}：与现状还有其他不同，因此不给出恢复时间；请把其他改动写在命令行，policy=[...] 中只留突发事件",
    ),
    (
        r"(.*?)hours '(.*)' are closed on (.*) of (.*) measured days \(calendar\): (.*)",
        "{0}开放时间“{1}”在统计的{3}天中有{2}天按日历关闭：{4}",
    ),
)


def translate_row(text: str, names: Mapping[str, str]) -> str:
    """Return a row or heading in Chinese, with the spaces before it; `names` are those of `name_in_chinese`.

    What nobody knows stays as it is.
    """
    bare = text.strip()
    return text[: len(text) - len(text.lstrip())] + _translate(bare, {**names, **ROWS})


def _translate(text: str, known: Mapping[str, str]) -> str:
    if text in known:
        return known[text]
    if text.endswith(" (passing by)"):
        return f"{_translate(text.removesuffix(' (passing by)'), known)}（过路）"
    if match := re.fullmatch(r"by (.*), per day", text):
        return f"经{match[1]}，每日"
    return text


def name_in_chinese(scenario: Scenario) -> dict[str, str]:
    """Return the Chinese labels of a scenario's stops, terminals, classes and disruptions by their English ones."""
    port = scenario.port
    named = [
        *expand_stops(port)[0].values(),
        *(each for table in (port.terminals, port.disruptions, scenario.demand.classes) for each in table.values()),
    ]
    return {each.label: each.label_zh for each in named}


def translate_warning(text: str, scenarios: Mapping[str, Scenario]) -> str:
    """Return a warning of a run in Chinese, with labels for keys; one that nobody knows stays as it is."""
    for pattern, chinese in _WARNINGS:
        if match := re.fullmatch(pattern, text):
            label, *values = match.groups()
            names = _keys_of(scenarios[label]) if label in scenarios else {}
            return chinese.format(name_scenario(label, "zh"), *(names.get(value, value) for value in values))
    return text


def _keys_of(scenario: Scenario) -> dict[str, str]:
    """Return what `name_in_chinese` does, and the labels by key."""
    port = scenario.port
    tables = (port.terminals, scenario.demand.classes, expand_stops(port)[0])
    return {**name_in_chinese(scenario), **{key: each.label_zh for table in tables for key, each in table.items()}}
