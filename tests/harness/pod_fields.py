"""What of a pod template harness/kubelet.py follows. Anything else is refused: a field that nobody
follows would make a test that believes in it.

A field's value is a type, the set of the values that it may have, or fields and lists of fields.
"""

from __future__ import annotations

from typing import Any

Known = dict[str, Any]

EXEC: Known = {"exec": {"command": [str]}}
PROBE: Known = {
    **EXEC,
    "initialDelaySeconds": int,
    "periodSeconds": int,
    "timeoutSeconds": int,
    "failureThreshold": int,
    "successThreshold": {1},
}
VARIABLE = {
    "name": str,
    "value": str,
    "valueFrom": {"fieldRef": {"apiVersion": {"v1"}, "fieldPath": str}},
}
INIT_CONTAINER: Known = {
    "name": str,
    "image": str,
    "imagePullPolicy": {"IfNotPresent", "Never"},  # the images are on the node
    "command": [str],
    "args": [str],
    "env": [VARIABLE],
    # The node has no SELinux, for which the level is.
    "securityContext": {"privileged": {True}, "seLinuxOptions": {"level": str}},
    "resources": {"requests": {"cpu": str, "memory": str}},  # they decide the cgroup's name only
    "volumeMounts": [
        {
            "name": str,
            "mountPath": str,
            "readOnly": bool,
            "mountPropagation": {"None", "HostToContainer", "Bidirectional"},
        }
    ],
    "terminationMessagePath": str,
    "terminationMessagePolicy": {"File", "FallbackToLogsOnError"},
}
CONTAINER: Known = {
    **INIT_CONTAINER,
    "ports": [{"name": str, "containerPort": int, "protocol": {"TCP"}}],  # for who looks
    "startupProbe": PROBE,
    "readinessProbe": PROBE,
    "livenessProbe": PROBE,
    "lifecycle": {"preStop": EXEC},
}
VOLUME = {
    "name": str,
    "hostPath": {
        "path": str,
        "type": {
            *("", "Directory", "DirectoryOrCreate", "File", "FileOrCreate"),
            *("Socket", "CharDevice", "BlockDevice"),
        },
    },
    "emptyDir": {"medium": {"", "Memory"}},
    "configMap": {"name": str, "defaultMode": int, "optional": bool},
    "secret": {"secretName": str, "defaultMode": int, "optional": bool},
}
# For who chooses the node, admits the pod or gets the image.
ELSEWHERE = {
    "priorityClassName": str,
    "serviceAccountName": str,
    "nodeSelector": dict,
    "tolerations": list,
    "affinity": dict,
    "imagePullSecrets": list,
}
TEMPLATE = {
    "metadata": {"labels": dict, "annotations": dict},
    "spec": {
        **ELSEWHERE,
        "restartPolicy": {"Always"},
        "hostPID": bool,
        "hostNetwork": bool,
        "dnsPolicy": {"ClusterFirst", "ClusterFirstWithHostNet"},  # the node has no resolver
        "automountServiceAccountToken": {False},
        "enableServiceLinks": {False},
        "terminationGracePeriodSeconds": int,
        "initContainers": [INIT_CONTAINER],
        "containers": [CONTAINER],
        "volumes": [VOLUME],
    },
}
NEEDED = ("automountServiceAccountToken", "enableServiceLinks")  # as Kubernetes' default is true


def refused(template: dict[str, Any]) -> list[str]:
    """What the kubelet does not follow, and what the API server would not take."""
    spec = template["spec"]
    found = [f"spec.{name} is true by default" for name in NEEDED if name not in spec]
    for container in [*spec.get("initContainers", []), *spec["containers"]]:
        privileged = container.get("securityContext", {}).get("privileged", False)
        if not privileged:
            found.append(f"{container['name']} is not privileged")
        words = [*container.get("command", []), *container.get("args", [])]
        words += [variable.get("value", "") for variable in container.get("env", [])]
        found += [f"{word} refers to a variable" for word in words if "$(" in word]
    return found + list(_unknown(template, TEMPLATE, "template"))


def _unknown(value: Any, known: Any, place: str) -> list[str]:
    if isinstance(known, dict):
        if not isinstance(value, dict):
            return [f"{place} has no fields"]
        return [
            text
            for name, inner in value.items()
            for text in (
                _unknown(inner, known[name], f"{place}.{name}")
                if name in known
                else [f"{place}.{name} is not followed"]
            )
        ]
    if isinstance(known, list):
        return [
            text
            for index, item in enumerate(value)
            for text in _unknown(item, known[0], f"{place}[{index}]")
        ]
    good = value in known if isinstance(known, set) else isinstance(value, known)
    return [] if good else [f"{place} is {value!r}"]
