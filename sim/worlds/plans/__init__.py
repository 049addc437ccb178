"""Homes as YAML files that one writes by hand; flat.yaml is one."""
