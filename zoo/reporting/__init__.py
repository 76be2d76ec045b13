"""What people look at: a run's page, its model card, and runs compared.

A page is made from the run's manifest and from ``report.json`` (:mod:`zoo.runs.report_schema`), so it can be
made again at any time. It is one file that asks nothing of the network.
"""
