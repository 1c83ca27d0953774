"""What eventday's own agenda file says, whether as YAML or as a workbook."""
