{
    "name": "Exact Online: job queue",
    "summary": "Invoices go to Exact Online as jobs of OCA's queue_job",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "author": "Optedo",
    "license": "LGPL-3",
    "auto_install": True,
    "depends": ["optedo_exact", "queue_job"],
    "data": ["data/queue_job_function.xml"],
}
