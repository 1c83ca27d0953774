"""The agenda file as an XLSX workbook."""
