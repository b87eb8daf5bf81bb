"""Made-up files of the kinds that are imported, for where nobody's recordings are."""

from datetime import datetime, timedelta
from pathlib import Path

JMA_DOWNLOAD = """\
ダウンロードした時刻：2024/01/05 10:00:00

,小名浜,小名浜,小名浜,小名浜,小名浜,小名浜,小名浜,小名浜,小名浜,小名浜,小名浜,小名浜,小名浜
年月日時,気温(℃),気温(℃),気温(℃),降水量(mm),降水量(mm),降水量(mm),降水量(mm),日射量(MJ/㎡),日射量(MJ/㎡),日射量(MJ/㎡),風速(m/s),風速(m/s),風速(m/s)
,,,,,,,,,,,,,風向
,,品質情報,均質番号,,現象なし情報,品質情報,均質番号,,品質情報,均質番号,,品質情報,
2024/1/1 1:00:00,4.7,8,1,0,1,8,1,0.00,8,1,2.1,8,北西
2024/1/1 12:00:00,9.7,5,1,1.5,0,8,1,1.80,8,1,2.4,4,北北西
2024/1/1 13:00:00,,1,1,0,1,8,1,1.44,2,1,3.0,8,静穏
2024/1/1 24:00:00,5.1,8,2,0,1,8,2,,0,2,1.0,8,東
"""
JMA_TABLE = """\
時,気圧(hPa) 現地,気温(℃),湿度(%),降水量(mm),風速(m/s),風向,全天日射量(MJ/㎡)
1,1014.4,5.5,62,--,5.3,北西,--
2,1014.5 ),5.1 ],63,0.5,3.4,静穏,--
3,///,×,61 #,0.0,2.0,北北西,0.72
24,1014.6,4.4,61,0.0,3.2,北,
"""
MIDC = """\
Year,DOY,MST,Global Horiz [W/m^2],Air Temperature [deg C],Temp CHP1 [deg C]
2024,60,0,-2.5,16.1,-7999.0
2024,60,1,-7999.0,16.0,-373.4
2024,60,2359,-2.0,17.2,-7999.0
2024,61,2400,-2.0,17.2,-7999.0
"""
GERMAN = """\
Zeit;AC Power [kW];Ambient Temp [°C]
25.06.2024 12:00;1,25;21,5
25.06.2024 12:15;1,50;
25.06.2024 12:30;;
"""
LABELLED = """\
timestamp,ac_power_w,outlier
2024-03-01 00:00:00+09:00,0,FALSE
2024-03-01 00:15:00+09:00,10.5,True
2024-03-01 00:30:00+09:00,,FALSE
2024-03-01 00:30:00+09:00,11,FALSE
2024-03-01 00:15:00+09:00,10.5,FALSE
2024-03-01 00:15:00+09:00,99,FALSE
2024-03-01 01:30:00+09:00,abc,FALSE
yesterday,5,FALSE
2024-03-01 02:00:00+09:00
2999-03-01 02:00:00+09:00,3,FALSE
"""
R_TABLE = """\
"date","Temperature","CO2"
"1","2024-02-02 14:19:00",23.7,749.2
"2","2024-02-02 14:19:59",23.8,760.4
"""
SESSIONS = """\
_id,Charging event,CP ID,Connector,Start Date,Start Time,End Date,End Time,Total kWh,Site
1,101,50001,1,2024-02-03T00:00:00,23:50,2024-03-03T00:00:00,04:16,19.99,"Car park, north"
2,102,50001,2,2024-02-29T00:00:00,23:30,2024-01-03T00:00:00,00:14,10.61,"Car park, north"
3,103,50002,1,2024-02-28T00:00:00,10:00,2024-02-28T00:00:00,09:00,5.0,North
4,104,50001,1,2024-02-27T00:00:00,10:00,,,5.0,North
5,105,50001,1,2024-02-26T00:00:00,10:00,2024-02-26T00:00:00,11:00,0,North
6,106,50001,1,2024-02-24T00:00:00,10:00,2024-02-26T00:00:00,11:00,30,North
7,106,50001,1,2024-02-24T00:00:00,10:00,2024-02-26T00:00:00,11:00,30,North
"""


def write(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    """A file with this text."""
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def hourly(began: str, hours: int, skip: frozenset[int] = frozenset(), double: frozenset[int] = frozenset()) -> str:
    """A temperature every quarter hour of a wall clock; hours that the clock leaps over, or that come twice, by their number."""
    first = datetime.fromisoformat(began)
    lines = ["time,Air Temperature [deg C]"]
    for hour in range(hours):
        quarters = [first + timedelta(hours=hour, minutes=15 * quarter) for quarter in range(4)]
        for _ in range(0 if hour in skip else 2 if hour in double else 1):
            lines += [f"{at:%Y-%m-%d %H:%M:%S},{hour % 20}.5" for at in quarters]
    return "\n".join(lines) + "\n"


def long_table(rows: int, began: str = "2024-06-01T00:00") -> str:
    """A value every minute."""
    start = datetime.fromisoformat(began)
    lines = ["timestamp,irradiance [W/m2]"]
    lines += [f"{start + timedelta(minutes=row):%Y-%m-%d %H:%M:%S}+00:00,{row % 1000}.5" for row in range(rows)]
    return "\n".join(lines) + "\n"
