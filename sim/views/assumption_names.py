"""What a planner calls a number of a port: whose it is, and what of it, in English and Chinese."""

from collections.abc import Mapping
from typing import Any

from sim.scenario.policy import Policy
from sim.scenario.schema import Examination, Scenario, Selection
from sim.scenario.study_file import Factor
from sim.views.phrases import Language

_WHAT = {
    "servers": ("lanes or slots", "通道（台位）数"),
    "places": ("places, waiting and served", "容纳车位数"),
    "service": ("service minutes", "作业时间（分钟）"),
    "service_by_class": ("service minutes", "作业时间（分钟）"),
    "drive_min": ("minutes to drive to it", "驶抵时间（分钟）"),
    "back_after_min": ("minutes until it can be used again", "周转时间（分钟）"),
    "paths_per_day": ("paths a day", "每日运行线"),
    "quota_per_day": ("vehicles a day in the quota", "每日配额"),
    "staff_per_server": ("staff at each", "每台位人员"),
    "staff_per_bay": ("staff at each bay", "每查验台位人员"),
    "staff_per_crane": ("staff at each crane", "每台起重机人员"),
    "rate": ("share of vehicles", "车辆比例"),
    "visibility": ("how well risk tells", "风险识别程度"),
    "bays": ("bays", "查验台位数"),
    "minutes": ("minutes of an examination", "查验时间（分钟）"),
    "presentation": ("minutes to unload and reload", "掏装箱时间（分钟）"),
    "overlap": ("share of examinations that overlaps", "查验可重叠比例"),
    "selection_correlation": ("how alike agencies select", "各单位选查的相关程度"),
    "length_km": ("length (km)", "长度（公里）"),
    "lanes": ("lanes", "车道数"),
    "free_flow_kmh": ("free speed (km/h)", "自由流速度（公里/小时）"),
    "capacity_vph": ("capacity of a lane (cars/h)", "每车道通行能力（辆/小时）"),
    "exit_capacity_vph": ("what its end lets out (cars/h)", "末端通行能力（辆/小时）"),
    "jam_density_vpkm": ("cars on a kilometre that stands", "阻塞密度（辆/公里）"),
    "information_delay_min": ("age of what drivers know (min)", "信息滞后（分钟）"),
    "share": ("share", "比例"),
    "cranes": ("cranes", "起重机台数"),
    "lift": ("minutes of a lift", "每次吊装时间（分钟）"),
    "lift_by_class": ("minutes of a lift", "每次吊装时间（分钟）"),
    "loading_tracks": ("tracks or docks to load", "装车股道（台位）数"),
    "unloading_tracks": ("tracks or docks to unload", "卸车股道（台位）数"),
    "slots": ("units that can be stored", "堆存箱位数"),
    "per_day": ("vehicles a day", "每日车辆数"),
    "day_cv": ("how much days differ", "日间波动"),
    "pce": ("passenger cars that one counts for", "标准车折算系数"),
    "vehicles": ("vehicles on each carrier", "每车装载辆数"),
    "fill": ("share that comes", "实际到达比例"),
    "each": ("how many come with each", "随车数量"),
    "after": ("minutes until they come", "到达间隔（分钟）"),
    "units": ("units that one takes", "每车装载单元数"),
    "wait_min": ("minutes until it leaves", "候发时间（分钟）"),
    "lateness": ("minutes late", "晚点（分钟）"),
    "early_min": ("minutes early at most", "最多早到（分钟）"),
    "lasts": ("how long it lasts (min)", "持续时间（分钟）"),
    "price_yuan": ("price (yuan)", "购置价格（元）"),
    "life_years": ("life (years)", "使用年限"),
    "visit_yuan": ("charge of a visit (yuan)", "每次收费（元）"),
    "time_yuan_per_h": ("value of an hour (yuan)", "时间价值（元/小时）"),
    "yuan_per_h": ("wage (yuan/h)", "工资（元/小时）"),
    "fees": ("fees (yuan)", "收费（元）"),
    "irregular": ("payments beyond the list (yuan)", "清单外费用（元）"),
    "interest": ("interest", "利率"),
    "yuan_per_usd": ("yuan for a dollar", "人民币兑美元"),
    "idle_l_per_h": ("diesel of an idling engine (l/h)", "怠速油耗（升/小时）"),
    "diesel_yuan_per_l": ("price of diesel (yuan/l)", "柴油价格（元/升）"),
    "idling_share": ("share of waiting with the engine on", "怠速等候比例"),
    "night_supplement": ("supplement at night", "夜班津贴比例"),
    "overtime_supplement": ("supplement for overtime", "加班津贴比例"),
    "demurrage_yuan_per_h": ("demurrage (yuan/h)", "滞留费（元/小时）"),
    "parking_yuan_per_h": ("parking (yuan/h)", "停车费（元/小时）"),
    "lane_yuan_per_h": ("upkeep of an open lane (yuan/h)", "通道运行费（元/小时）"),
    "cargo_yuan_per_tonne_h": ("value of time of cargo (yuan/t/h)", "货物时间价值（元/吨小时）"),
    "free_h": ("hours without demurrage", "免费停留时间（小时）"),
    "lane": ("lane", "通道"),
    "slot": ("slot", "车位"),
    "crane": ("crane", "起重机"),
    "road_lane_km": ("kilometre of lane", "每公里车道"),
    "staff": ("staff", "人员"),
    "energy": ("energy", "能源"),
    "truck": ("trucks", "货车"),
    "car": ("cars", "商品车"),
    "train": ("trains", "列车"),
    "flight": ("flights", "航班"),
    "cargo": ("cargo", "货物"),
    "export": ("export", "出口"),
    "import": ("import", "进口"),
    "scanner": ("machine check", "机检"),
    "inspection": ("inspection", "查验"),
}
"""By the last word of a key that says what, rather than whose, it is."""
_AGENCIES = {
    "customs": ("customs", "海关"),
    "quarantine": ("quarantine", "检疫"),
    "border_police": ("border police", "边检"),
    "transport": ("transport", "交通运输"),
    "operator": ("operator", "运营单位"),
    "neighbour": ("neighbour", "对方口岸"),
}
_TABLES = ("port", "demand", "facilities", "inspection_sites", "links", "terminals", "classes", "examinations")
_GROUPS = ("timetable", "carrier", "comes_with", "takes", "stops", "vehicles", "options", "route_choices")
"""Words that need not be said before the last one."""
_COSTS, _VIOLATIONS = ("prices", "价格"), ("violations", "违规")


def name_assumptions(
    factors: Mapping[str, Factor], baseline: Scenario, policies: Mapping[str, Policy]
) -> dict[str, Factor]:
    """Return factors with labels in both languages; those that have one keep it."""
    named = {}
    for name, factor in factors.items():
        en, zh = (_name(factor, baseline, policies, language) for language in ("en", "zh"))
        labels = {"label": factor.label or en, "label_zh": factor.label_zh or factor.label or zh}
        named[name] = factor.model_copy(update=labels)
    return named


def _name(factor: Factor, baseline: Scenario, policies: Mapping[str, Policy], language: Language) -> str:
    which = 1 if language == "zh" else 0
    key = factor.keys[0]
    if factor.policy and factor.policy in policies:
        parameter = policies[factor.policy].parameters.get(key.rpartition(".")[2])
        what = key.rpartition(".")[2] if parameter is None else (parameter.label, parameter.label_zh)[which]
        return f"{factor.policy}{'：' if which else ': '}{what}"
    whose, what = _split(key, baseline, which)
    if len(factor.keys) > 1:
        what += ("与" if which else ", with ") + "、".join(_split(each, baseline, which)[1] for each in factor.keys[1:])
    return f"{whose}{'：' if which else ': '}{what}" if whose else what


def _split(key: str, baseline: Scenario, which: int) -> tuple[str, str]:
    """Return whose a number is and what it is: what has a label on the way to it owns it."""
    there: Any = baseline
    owners: list[str] = []
    rest: list[str] = []
    for part in key.split("."):
        there = there.get(part) if isinstance(there, Mapping) else getattr(there, part, None)
        if isinstance(there, Examination):
            owners.append(_AGENCIES[there.agency][which])
        elif isinstance(there, Selection):
            owners.append(_name_selection(part, baseline, which))
            rest = []
        elif hasattr(there, "label"):
            owners.append((there.label, there.label_zh)[which])
            rest = []
        elif part not in _TABLES:
            rest.append(part)
    if rest[:1] in (["costs"], ["violations"]):
        owners.append((_COSTS if rest[0] == "costs" else _VIOLATIONS)[which])
        rest = rest[1:]
    return ("，" if which else ", ").join(owners), _say(rest, baseline, which)


def _say(words: list[str], baseline: Scenario, which: int) -> str:
    """Return what a number is: words that name a class are told by its label, the others from the table."""
    said = []
    for word in [*(word for word in words[:-1] if word not in _GROUPS), *words[-1:]]:
        vehicle = baseline.demand.classes.get(word)
        said.append(
            (vehicle.label, vehicle.label_zh)[which]
            if vehicle
            else _WHAT.get(word, (word.replace("_", " "),) * 2)[which]
        )
    return ("，" if which else ", ").join(said)


def _name_selection(name: str, baseline: Scenario, which: int) -> str:
    """Return the label of whatever a selection sends vehicles to; its own name if that is nothing."""
    for facility in baseline.port.facilities.values():
        if facility.selected_by == name:
            return (facility.label, facility.label_zh)[which]
    for site in baseline.port.inspection_sites.values():
        for exam in site.examinations.values():
            if exam.selected_by == name:
                label = (site.label, site.label_zh)[which]
                return f"{label}{'，' if which else ', '}{_AGENCIES[exam.agency][which]}"
    return name.replace("_", " ")
