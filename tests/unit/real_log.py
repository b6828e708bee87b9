"""A small log as a port's own systems write it, with its Time Release Study worked out by hand.

| case | road | release (h) | waiting | processing |
|---|---|---|---|---|
| A | truck | 08:00 to 12:10: 25/6 | declaration 1, inspection 1/2 | 1/2 + 2 + 1/6 |
| B | car | 10:00 to 11:00: 1 | declaration 1/2 | 1/4 + 1/4 |
| C | truck | its declaration has no end | | |
| D | truck | 23:00 to 02:00: 3 | declaration 1 | 1 + 1 |

Rows are out of order, one is there twice, D's are on another clock, and times are written in three ways.
"""

from pathlib import Path

ROWS = """Case ID,Activity,Resource,Start Timestamp,Complete Timestamp,kind
A,inspection,bay 2,2025-09-01T10:00:00+08:00,2025-09-01T12:00:00+08:00,truck
A,arrival,gate,2025-09-01T08:00:00+08:00,2025-09-01T08:00:00+08:00,truck
B,arrival,gate,2025/9/1 10:00 +08:00,2025/9/1 10:00 +08:00,car
A,declaration,desk 1,2025-09-01T09:00:00+08:00,2025-09-01T09:30:00+08:00,truck
C,arrival,gate,2025-09-01T11:00:00+08:00,2025-09-01T11:00:00+08:00,truck
C,declaration,desk 1,2025-09-01T11:30:00+08:00,,truck
B,declaration,desk 2,2025/9/1 10:30 +08:00,2025/9/1 10:45 +08:00,car
A,release,gate,2025-09-01T12:00:00+08:00,2025-09-01T12:10:00+08:00,truck
B,release,gate,2025/9/1 10:45 +08:00,2025/9/1 11:00 +08:00,car
B,release,gate,2025/9/1 10:45 +08:00,2025/9/1 11:00 +08:00,car
D,arrival,gate,2025-09-01T15:00:00Z,2025-09-01T15:00:00Z,truck
D,declaration,desk 1,2025-09-01T16:00:00Z,2025-09-01T17:00:00Z,truck
D,release,gate,2025-09-01T17:00:00Z,2025-09-01T18:00:00Z,truck
"""


def write_log(folder: Path, text: str = ROWS, name: str = "log.csv") -> Path:
    """Write a log and return its path."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
