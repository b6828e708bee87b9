"""How a page ends: the command that makes its numbers again, and how far to believe them."""

from sim.views.report.conclusion import ask_again
from sim.views.report.finished import Finished
from sim.views.report.markup import Html, section, tag
from sim.views.report.words import say

HERE = ("out=", "lang=", "workers=", "executor", "seed=", "replications=")
"""Words that do not belong to the question, or are said again."""


def tell_reproduction(told: Finished) -> Html:
    """Return the command that gives the same numbers, and with which versions it was run."""
    lang, manifest, settings = told.language, told.manifest, told.experiment.settings
    again = "kouan sweep study.yaml" if told.kind == "sweep" else ask_again(manifest, HERE)
    asked = f"{again} seed={settings.seed} replications={settings.replications}"
    beside = ["own_files"] if "--config-dir" in asked else ["own_study"] if told.kind == "sweep" else []
    words = {
        "seed": settings.seed,
        "runs": settings.replications,
        "engine": settings.engine,
        "commit": manifest.get("commit") or say(lang, "unknown"),
        "python": manifest["python"],
        "packages": ", ".join(f"{name} {version}" for name, version in manifest["packages"].items()),
    }
    return section(
        "reproduce",
        say(lang, "reproduce"),
        tag("p", say(lang, "reproduce_text")),
        tag("pre", tag("code", asked)),
        *(tag("p", say(lang, key)) for key in beside),
        tag("p", say(lang, "run_with", **words), class_="note"),
    )


def tell_belief(told: Finished) -> Html:
    """Return what the model leaves out, in short."""
    lang = told.language
    keys = ["limit_levels", "limit_traffic", "limit_intervals"]
    if told.experiment.baseline.costs is not None:
        keys.append("limit_prices")
    return section("belief", say(lang, "limits"), tag("ul", *(tag("li", say(lang, key)) for key in keys)))
