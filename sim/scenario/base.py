"""What every part of a scenario is: frozen, and without keys that the schema does not know."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A validated table of settings that cannot change and refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True)
