"""A schedule of one's own: bookmarks, bookings, meetings, and where to be next."""
