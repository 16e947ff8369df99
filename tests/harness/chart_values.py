"""Values for the Helm chart, as people would give them: by what they show."""

from typing import Any

PEM = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
KEY = f"{PEM}-----END PUBLIC KEY-----\n"
LOGIN = '{"auths": {"registry.example": {"auth": "bWU6c2VjcmV0"}}}'

ACCEPTED: dict[str, dict[str, Any]] = {
    "defaults": {},
    "a fleet": {
        "image": {"digest": "sha256:" + "0" * 64, "pullSecrets": ["pull"]},
        "settings": {
            "package-source": ["oci://registry.example/gpu/modules", "/srv/packages"],
            "no-build": True,
            "persistence": "off",
            "fabric-config": ["FABRIC_MODE=1,2", "LOG_LEVEL=4"],
            "max-threads": 4,
        },
        "moduleParameters": {
            "nvidia.conf": "NVreg_EnableGpuFirmware=0\nNVreg_DeviceFileMode=432",
            "nvidia-uvm.conf": "uvm_disable_hmm=1",
        },
        "trust": {"keys": {"release.pub": KEY, "older.pub": KEY}},
        "registryLogin": {"dockerConfigJson": LOGIN},
        "updateStrategy": {"type": "RollingUpdate", "maxUnavailable": "10%"},
    },
    "Secrets that are there": {
        "settings": {"ca-file": "/etc/driverctl/files/ca.pem"},
        "files": {"ca.pem": "a certificate"},
        "trust": {"existingSecret": "keys", "files": ["release.pub"]},
        "registryLogin": {"existingSecret": "login"},
        "serviceAccountName": "privileged",
        "hostNetwork": True,
    },
    "metrics": {
        "image": {"tag": 535},
        "metrics": {
            "enabled": True,
            "podMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
        },
        "podLabels": {"team": "gpu"},
        "podAnnotations": {"example.org/why": "because"},
    },
    "the toolkit for containerd": {"toolkit": {"enabled": True, "restartMode": "systemd"}},
    "the toolkit for docker": {"toolkit": {"enabled": True, "runtime": "docker"}},
    "a plain label, no CDI": {
        "nodeSelector": {
            "feature.node.kubernetes.io/pci-10de.present": None,
            "example.org/gpu": "true",
        },
        "cdi": {"enabled": False},
        "tolerations": [],
        "resources": {"limits": {"memory": "8Gi", "cpu": 4}},
        "nameOverride": "nvidia",
    },
}

# What each ends in: where the schema has something against it.
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"unknown": 1}, "unknown"),
    ({"image": {"name": "x"}}, "image"),
    ({"image": {"repository": "registry.example/driverctl:535"}}, "image/repository"),
    ({"image": {"digest": "latest"}}, "image/digest"),
    ({"image": {"tag": 550.1}}, "image/tag"),  # what YAML makes of 550.10
    ({"settings": {"no_build": True}}, "settings"),
    ({"settings": {"no-build": "yes"}}, "settings/no-build"),
    ({"settings": {"persistence": False}}, "settings/persistence"),  # what YAML makes of off
    ({"settings": {"package-source": "/srv"}}, "settings/package-source"),
    ({"settings": {"store": "/x"}}, "settings"),  # cacheDirectory decides it
    ({"moduleParameters": {"nouveau.conf": ""}}, "moduleParameters"),
    ({"files": {"a/b": ""}}, "files"),
    ({"trust": {"keys": {"../x": KEY}}}, "trust/keys"),
    ({"trust": {"keys": {"a.pub": "secret"}}}, "trust/keys/a.pub"),
    ({"trust": {"existingSecret": "keys"}}, "trust"),
    ({"trust": {"files": ["release.pub"]}}, "trust"),
    ({"trust": {"existingSecret": "s", "files": ["a"], "keys": {"a": KEY}}}, "trust/keys"),
    ({"registryLogin": {"dockerConfigJson": "me:secret"}}, "registryLogin/dockerConfigJson"),
    ({"registryLogin": {"dockerConfigJson": LOGIN, "existingSecret": "x"}}, "registryLogin"),
    ({"cacheDirectory": "cache"}, "cacheDirectory"),
    ({"cacheDirectory": "/var/../etc"}, "cacheDirectory"),
    ({"toolkit": {"enabled": True, "runtime": "runc"}}, "toolkit/runtime"),
    ({"metrics": {"port": 0}}, "metrics/port"),
    ({"metrics": {"podMonitor": {"enabled": True}}}, "metrics/enabled"),
    ({"updateStrategy": {"type": "Recreate"}}, "updateStrategy/type"),
    ({"updateStrategy": {"maxUnavailable": 1}}, "updateStrategy"),
    ({"terminationGracePeriodSeconds": 5}, "terminationGracePeriodSeconds"),
    ({"livenessProbe": {"httpGet": {"path": "/"}}}, "livenessProbe"),
    ({"resources": {"limits": {"memory": "lots"}}}, "resources/limits/memory"),
    ({"hostNetwork": "true"}, "hostNetwork"),
    ({"nodeSelector": {"gpu": True}}, "nodeSelector/gpu"),
]
