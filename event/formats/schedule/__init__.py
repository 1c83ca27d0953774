"""schedule.xml and schedule.json, which other apps read."""
