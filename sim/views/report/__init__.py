"""The report: one page that answers, made from a folder of results."""

from sim.views.report.finished import Finished, read_finished
from sim.views.report.page import MARK, write_page

__all__ = ["MARK", "Finished", "read_finished", "write_page"]
