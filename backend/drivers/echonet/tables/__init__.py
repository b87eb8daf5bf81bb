"""Every class of objects that becomes points, by its code. Compare with the appendix of detailed requirements, row by row."""

from typing import Final

from backend.drivers.echonet.tables.charging import CHARGER, CHARGER_DISCHARGER
from backend.drivers.echonet.tables.generation import HOUSEHOLD_PV, MULTI_INPUT_PCS
from backend.drivers.echonet.tables.high_voltage import BIDIRECTIONAL_HV_METER, HV_METER
from backend.drivers.echonet.tables.metering import CURRENT_SENSOR, DISTRIBUTION_BOARD, ENERGY_SENSOR, LV_METER
from backend.drivers.echonet.tables.rows import Table
from backend.drivers.echonet.tables.sensors import (
    CO2_SENSOR,
    HUMIDITY_SENSOR,
    ILLUMINANCE_SENSORS,
    TEMPERATURE_SENSOR,
    VOC_SENSOR,
)
from backend.drivers.echonet.tables.storage import STORAGE_BATTERY

TABLES: Final[dict[int, Table]] = {
    table.code: table
    for table in (
        TEMPERATURE_SENSOR,
        HUMIDITY_SENSOR,
        CO2_SENSOR,
        VOC_SENSOR,
        ENERGY_SENSOR,
        CURRENT_SENSOR,
        *ILLUMINANCE_SENSORS,
        HOUSEHOLD_PV,
        STORAGE_BATTERY,
        CHARGER_DISCHARGER,
        DISTRIBUTION_BOARD,
        LV_METER,
        HV_METER,
        BIDIRECTIONAL_HV_METER,
        CHARGER,
        MULTI_INPUT_PCS,
    )
}
