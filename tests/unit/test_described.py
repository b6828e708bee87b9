"""Every key of the schema says what it means: the reference pages and a planner's editor show it."""

from typing import get_args

import pytest
from pydantic import BaseModel

from sim.scenario.policy import Policy
from sim.scenario.settings import Experiment
from sim.scenario.study_file import StudyFile


def find_tables(annotation):
    """Yield the tables of the schema that an annotation names, and those below them."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from find_tables(field.annotation)
    for part in get_args(annotation):
        yield from find_tables(part)


TABLES = sorted(
    {*find_tables(Experiment), *find_tables(Policy), *find_tables(StudyFile)}, key=lambda table: table.__name__
)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__)
def test_every_key_has_a_description_but_kind_whose_values_say_enough(table):
    assert [name for name, field in table.model_fields.items() if not field.description and name != "kind"] == []
    assert table.__doc__


def test_tables_below_tables_are_found():
    assert {"Facility", "Gamma", "Timetable", "StopCosts", "Parameter"} <= {table.__name__ for table in TABLES}
