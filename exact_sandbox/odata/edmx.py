"""``$metadata`` per service and the service document (exact-api 2.3)."""

from xml.etree import ElementTree as ET

from ..entities import REGISTRY

EDMX = "http://schemas.microsoft.com/ado/2007/06/edmx"
EDM = "http://schemas.microsoft.com/ado/2009/11/edm"
META = "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"
NAMESPACE = "Exact.Web.Api.Models"
CONTENT_TYPE = "application/xml;charset=utf-8"


def services():
    """Services and the paths of their sets."""
    found = {}
    for path in REGISTRY:
        service = path.rpartition("/")[0]
        found.setdefault(service, []).append(path)
    return found


def _entity_type(schema, entity_set):
    kind = entity_set.type
    node = ET.SubElement(schema, "EntityType", Name=kind.model.rpartition(".")[2])
    if kind.key:
        key = ET.SubElement(node, "Key")
        for name in kind.key:
            ET.SubElement(key, "PropertyRef", Name=name)
    for prop in kind.properties.values():
        if prop.scalar:
            nullable = "false" if prop.key else "true"
            ET.SubElement(
                node, "Property", Name=prop.name, Type=prop.type, Nullable=nullable
            )
    return node


def _navigations(schema, node, entity_set, containers):
    own = entity_set.type.model
    for name, (path, _) in entity_set.navigation.items():
        target = REGISTRY[path].type.model
        association = f"{own.rpartition('.')[2]}_{name}"
        ET.SubElement(
            node,
            "NavigationProperty",
            Name=name,
            Relationship=f"{NAMESPACE}.{association}",
            FromRole="Parent",
            ToRole=name,
        )
        made = ET.SubElement(schema, "Association", Name=association)
        for role, kind, many in (("Parent", own, "0..1"), (name, target, "*")):
            ET.SubElement(made, "End", Type=kind, Multiplicity=many, Role=role)
        containers.append((association, entity_set.type.name, name, path))


def document(service):
    """The EDMX text of a service, or None where there is no such service."""
    paths = services().get(service)
    if paths is None:
        return None
    root = ET.Element("edmx:Edmx", {"Version": "1.0", "xmlns:edmx": EDMX})
    data = ET.SubElement(
        root,
        "edmx:DataServices",
        {"xmlns:m": META, "m:DataServiceVersion": "2.0"},
    )
    schema = ET.SubElement(data, "Schema", {"Namespace": NAMESPACE, "xmlns": EDM})
    associations = []
    for path in paths:
        node = _entity_type(schema, REGISTRY[path])
        _navigations(schema, node, REGISTRY[path], associations)
    _container(schema, service, paths, associations)
    return '<?xml version="1.0" encoding="utf-8"?>' + ET.tostring(root, "unicode")


def _container(schema, service, paths, associations):
    name = service.replace("/", "_") + "Container"
    node = ET.SubElement(
        schema, "EntityContainer", {"Name": name, "m:IsDefaultEntityContainer": "true"}
    )
    names = set()
    for path in [*paths, *(path for *_, path in associations)]:
        kind = REGISTRY[path].type
        if kind.name not in names:
            names.add(kind.name)
            ET.SubElement(node, "EntitySet", Name=kind.name, EntityType=kind.model)
    for association, parent, role, path in associations:
        made = ET.SubElement(
            node,
            "AssociationSet",
            Name=association,
            Association=f"{NAMESPACE}.{association}",
        )
        ET.SubElement(made, "End", Role="Parent", EntitySet=parent)
        ET.SubElement(made, "End", Role=role, EntitySet=REGISTRY[path].type.name)


def service_document(service):
    """Names of the sets of a service, or None where there is no such service."""
    paths = services().get(service)
    return paths and {"d": {"EntitySets": [REGISTRY[p].type.name for p in paths]}}
