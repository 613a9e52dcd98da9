{
    "name": "Tests of Exact Online",
    "summary": "Tests that need the Belgian and Dutch localisation beside the product",
    "version": "19.0.1.0.0",
    "category": "Hidden/Tests",
    "author": "Optedo",
    "license": "LGPL-3",
    "depends": ["optedo_exact", "l10n_be", "l10n_nl"],
    "post_init_hook": "make_companies",
}
