"""The report on who came, as a page to print and as a workbook."""
