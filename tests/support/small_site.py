"""Settings of a small real site on loopback: one pseudo inverter and one pseudo charger."""

from pathlib import Path

SETTINGS = """\
node: {{name: Test node, cache: node.enemado, batch_seconds: 0.2}}
sites:
  school:
    name: {{ja: 学校, en: School}}
    place: {{latitude: 35.68, longitude: 139.77}}
    timezone: Asia/Tokyo
    pv: {{installed_kw: 20}}
    devices:
      pcs1:
        kind: inverter
        name: {{en: Inverter}}
        address: sunspec://127.0.0.1:{modbus}?unit=126
        interval_s: 0.5
        rated_w: 20000
      cp1:
        kind: charger
        name: {{en: Charger}}
        address: ocpp://CP-01
        security: none
        connectors: [{{number: 1, type: CCS, max_w: 50000}}]
ocpp: {{host: 127.0.0.1, port: {ocpp}}}
kiosk: {{site: school}}
"""


def write_settings(folder: Path, modbus: int, ocpp: int, store: str | None = None) -> Path:
    """Write the file and give its path; ``store`` is the address of a database."""
    path = folder / "node.yaml"
    text = SETTINGS.format(modbus=modbus, ocpp=ocpp)
    if store is not None:
        text = text.replace("cache: node.enemado,", f"cache: node.enemado, store: {store},")
    path.write_text(text, encoding="utf-8")
    return path
