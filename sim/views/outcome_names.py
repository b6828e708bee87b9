"""What a planner calls an outcome, in English and Chinese: its scope and name, then its measure."""

from sim.scenario.schema import Scenario
from sim.views.phrases import Language

_MEASURES = {
    "release_mean": ("release time, mean", "放行时间均值"),
    "release_median": ("release time, median", "放行时间中位数"),
    "release_p90": ("release time, 90 % within", "90%在此时间内放行"),
    "release_p95": ("release time, 95 % within", "95%在此时间内放行"),
    "crossing_mean": ("both sides together, mean", "双方口岸合计时间均值"),
    "home_wait_mean": ("waiting at home, mean", "在家等候时间均值"),
    "wish_to_release_mean": ("from wish to release, mean", "从拟出发到放行均值"),
    "released_within_24h": ("released within 24 h", "24小时内放行比例"),
    "released_per_day": ("released per day", "日均放行量"),
    "arrived_per_day": ("arrived per day", "日均到达量"),
    "present_at_end": ("still here at the end", "期末滞留量"),
    "waiting": ("waiting", "等候时间"),
    "processing": ("processing", "办理时间"),
    "blocked": ("next step full", "因下一环节已满而滞留的时间"),
    "driving": ("driving", "行驶时间"),
    "metered": ("until called", "等候叫号时间"),
    "staff_hours": ("staff-hours a day", "每日工时"),
    "lane_hours": ("lane-hours a day", "每日通道小时"),
    "opened_share": ("share opened", "开箱比例"),
    "machine_share": ("share by machine", "机检比例"),
    "hit_rate": ("hit rate", "查获率"),
    "detection": ("share of violations found", "违规检出比例"),
    "tfi1": ("hours to clear freight (TFI1)", "货物通关时间（TFI1）"),
    "tfi2": ("cost to clear freight (TFI2)", "货物通关费用（TFI2）"),
    "per_day": ("a day", "每日"),
    "per_vehicle": ("for each vehicle", "每车"),
    "co2_per_day": ("CO2 a day", "每日二氧化碳排放"),
    "co2_per_vehicle": ("CO2 for each vehicle", "每车二氧化碳排放"),
    "fuel_per_day": ("fuel a day", "每日燃油"),
    "electricity_per_day": ("electricity a day", "每日用电"),
    "queue_max": ("longest queue", "最长排队"),
    "queue_mean": ("mean queue", "平均排队"),
    "utilisation": ("utilisation", "利用率"),
}
_NAMES = {
    ("port", "port"): ("", ""),
    ("direction", "export"): ("exports", "出境"),
    ("direction", "import"): ("imports", "进境"),
    ("cost", "port"): ("what the port pays", "口岸支出"),
    ("cost", "users"): ("what users pay", "使用者支出"),
    ("cost", "society"): ("cost to society", "社会成本"),
    ("emissions", "port"): ("", ""),
}


def name_outcome(outcome: str, scenario: Scenario, language: Language = "en") -> str:
    """Return what to call `scope/name/measure`; what has no name of its own is called as it is written."""
    scope, _, rest = outcome.partition("/")
    name, _, measure = rest.rpartition("/")
    which = 1 if language == "zh" else 0
    what = _MEASURES.get(measure, (measure.replace("_", " "),) * 2)[which]
    whose = _NAMES[scope, name][which] if (scope, name) in _NAMES else _find_label(scope, name, scenario, language)
    return f"{whose}{'：' if which else ': '}{what}" if whose else what


def _find_label(scope: str, name: str, scenario: Scenario, language: Language) -> str:
    row = scenario.demand.classes.get(name) if scope == "class" else scenario.port.facilities.get(name)
    if row is None:
        return name.replace("_", " ")
    return row.label_zh if language == "zh" else row.label
