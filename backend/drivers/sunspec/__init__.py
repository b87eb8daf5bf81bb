"""SunSpec over Modbus TCP: inverters, meters, batteries and weather stations that we ask."""
