"""When schedules are due, found without any code of ours: the clocks are looked at every minute.

    oracle.py 2026 2030 Europe/Paris America/New_York ... < schedules.txt

prints for each zone and each schedule, in the years from the first to the last, how many runs there are and a hash of them:
SHA-256 over the minute of the wall time and the minute of the instant, both since 1970, each as 8 bytes, little-endian.
The zones come from the folder in PYTHONTZPATH. One year of one zone takes about two seconds.
"""

import hashlib
import sys
from array import array
from datetime import datetime, timedelta, timezone
from functools import cache
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1)
MINUTE = timedelta(minutes=1)
DAY = 24 * 60
MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
DAYS = "SUN MON TUE WED THU FRI SAT".split()


def values(field, low, high, names=()):
    """The values that a field allows."""
    found = set()
    for item in field.split(","):
        span, _, step = item.partition("/")
        first, _, last = span.partition("-")
        number = lambda word: low + names.index(word) if word in names else int(word)
        bounds = (low, high) if span == "*" else (number(first), number(last or first))
        found |= set(range(bounds[0], bounds[1] + 1, int(step or 1)))
    return found


class Schedule:
    def __init__(self, text):
        self.text = text
        minute, hour, day, month, weekday = text.split()
        self.real_time = "*" in minute or "*" in hour
        self.minutes = values(minute, 0, 59)
        self.hours = values(hour, 0, 23)
        self.days = values(day, 1, 31)
        self.months = values(month, 1, 12, MONTHS)
        self.weekdays = {value % 7 for value in values(weekday, 0, 7 if "*" not in weekday else 6, DAYS)}
        self.either = "*" not in day and "*" not in weekday

    @cache
    def fits_on(self, days_since_1970):
        day = EPOCH + timedelta(days=days_since_1970)
        if day.month not in self.months:
            return False
        days = [day.day in self.days, day.isoweekday() % 7 in self.weekdays]
        return any(days) if self.either else all(days)


def walk(zone, schedules, first_year, last_year):
    """Looks at the clock of a zone every minute and writes down what becomes due."""
    clock = ZoneInfo(zone)
    first, last = (
        int(datetime(year, 1, 1, tzinfo=timezone.utc).timestamp()) // 60 for year in (first_year, last_year + 1)
    )
    named, real = ([[] for _ in range(DAY)] for _ in range(2))
    for schedule in schedules:
        schedule.due = array("q")
        at_times = real if schedule.real_time else named
        for hour in schedule.hours:
            for minute in schedule.minutes:
                at_times[hour * 60 + minute].append(schedule)

    def note(at_times, wall, instant):
        day, time = divmod(wall, DAY)
        for schedule in at_times[time]:
            if schedule.fits_on(day):
                schedule.due.extend((wall, instant))

    latest = None
    for instant in range(first, last):
        ahead = datetime.fromtimestamp(instant * 60, clock).utcoffset()
        wall = instant + ahead // MINUTE
        note(real, wall, instant)
        # A named time is due as soon as the clock shows it, or one behind it, for the first time.
        for passed in range(wall if latest is None else latest + 1, wall + 1):
            note(named, passed, instant)
        latest = wall if latest is None else max(latest, wall)
    for schedule in schedules:
        if sys.byteorder == "big":
            schedule.due.byteswap()
        digest = hashlib.sha256(schedule.due.tobytes()).hexdigest()
        print(zone, schedule.text, len(schedule.due) // 2, digest, sep="\t", flush=True)


if __name__ == "__main__":
    first_year, last_year, *zones = sys.argv[1:]
    schedules = [Schedule(line.strip()) for line in sys.stdin if line.strip()]
    for zone in zones:
        walk(zone, schedules, int(first_year), int(last_year))
