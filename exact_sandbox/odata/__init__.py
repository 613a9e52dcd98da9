"""The OData dialect of exact-api 2: query options, filter, bodies and answers."""
