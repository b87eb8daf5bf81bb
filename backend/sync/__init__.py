"""Between nodes: uplink and ingest, downlink, reconciliation, quarantine."""
