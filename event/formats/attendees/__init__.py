"""Attendees in the spreadsheet everyone has: CSV and XLSX, with any names of columns."""
