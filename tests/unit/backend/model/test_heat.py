"""Levels of heat begin exactly at the steps that the Ministry of the Environment publishes."""

import pytest

from backend.model.heat import HeatRisk, heat_risk


@pytest.mark.parametrize(
    ("wbgt_c", "level"),
    [
        (-5.0, HeatRisk.ALMOST_SAFE),
        (20.9, HeatRisk.ALMOST_SAFE),
        (21.0, HeatRisk.CAUTION),
        (24.9, HeatRisk.CAUTION),
        (25.0, HeatRisk.WARNING),
        (27.9, HeatRisk.WARNING),
        (28.0, HeatRisk.SEVERE_WARNING),
        (30.9, HeatRisk.SEVERE_WARNING),
        (31.0, HeatRisk.DANGER),
        (36.2, HeatRisk.DANGER),
    ],
)
def test_each_level_begins_at_its_step(wbgt_c: float, level: HeatRisk) -> None:
    assert heat_risk(wbgt_c) is level
