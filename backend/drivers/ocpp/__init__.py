"""OCPP central system: chargers connect to us over WebSocket and tell how they are."""
