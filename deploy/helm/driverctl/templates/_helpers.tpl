{{- define "driverctl.name" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "driverctl.selector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- /* The component: where a pod has this one, the GPU Operator starts no driver of its own. */ -}}
{{- define "driverctl.labels" -}}
{{ include "driverctl.selector" . }}
app.kubernetes.io/component: nvidia-driver
{{- end -}}

{{- define "driverctl.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag }}{{ end }}
{{- end -}}
{{- end -}}

{{- /* The Secret with the keys that count; empty: there are none. */ -}}
{{- define "driverctl.trustSecret" -}}
{{- with .Values.trust -}}
{{- $own := printf "%s-trust" (include "driverctl.name" $) -}}
{{- .existingSecret | default (.keys | empty | ternary "" $own) -}}
{{- end -}}
{{- end -}}

{{- /* The Secret with the registry's login; empty: there is none. */ -}}
{{- define "driverctl.loginSecret" -}}
{{- with .Values.registryLogin -}}
{{- $own := printf "%s-login" (include "driverctl.name" $) -}}
{{- .existingSecret | default (.dockerConfigJson | empty | ternary "" $own) -}}
{{- end -}}
{{- end -}}

{{- /* A setting's value as its variable has it (docs/settings.md). */ -}}
{{- define "driverctl.word" -}}
{{- if kindIs "slice" . -}}
{{- $words := list -}}
{{- range . }}{{ $words = append $words (toString . | replace "," "\\,") }}{{ end -}}
{{- join "," $words -}}
{{- else -}}
{{- toString . -}}
{{- end -}}
{{- end -}}

{{- /* All of init's settings, as {"settings": {…}}: those of the values, and what other values
decide. */ -}}
{{- define "driverctl.settings" -}}
{{- $cache := .Values.cacheDirectory -}}
{{- $own := dict "store" (printf "%s/packages" $cache) "work-dir" $cache
    "termination-log" "/run/termination-log" -}}
{{- /* What the image holds comes first. */ -}}
{{- $sources := index .Values.settings "package-source" | default list -}}
{{- $_ := prepend $sources "/var/lib/driverctl/packages" | set $own "package-source" -}}
{{- if not .Values.cdi.enabled }}{{ $_ := set $own "cdi" "off" }}{{ end -}}
{{- if include "driverctl.trustSecret" . -}}
{{- $names := .Values.trust.files | default (keys .Values.trust.keys | sortAlpha) -}}
{{- $files := list -}}
{{- range $names }}{{ $files = append $files (printf "/etc/driverctl/trust/%s" .) }}{{ end -}}
{{- $_ := set $own "trust" $files -}}
{{- end -}}
{{- if include "driverctl.loginSecret" . -}}
{{- $_ := set $own "auth-file" "/etc/driverctl/login/.dockerconfigjson" -}}
{{- end -}}
{{- with .Values.metrics }}{{ if .enabled -}}
{{- $_ := set $own "metrics-listen" (printf "0.0.0.0:%d" (int .port)) -}}
{{- end }}{{ end -}}
{{- with .Values.toolkit }}{{ if .enabled -}}
{{- $_ := merge $own (dict "toolkit" .directory "runtime" .runtime "restart-mode" .restartMode) -}}
{{- end }}{{ end -}}
{{- merge $own .Values.settings | dict "settings" | toYaml -}}
{{- end -}}

{{- /* Where the runtime's own files lie that `--toolkit` changes. */ -}}
{{- define "driverctl.runtimeDirectory" -}}
{{- $all := dict "containerd" "/etc/containerd" "crio" "/etc/crio" "docker" "/etc/docker"
    "podman" "/etc/containers" -}}
{{- dig .Values.toolkit.runtime "" $all -}}
{{- end -}}

{{- /* The socket of its daemon, where that is told by a signal. */ -}}
{{- define "driverctl.runtimeSocket" -}}
{{- with .Values.toolkit -}}
{{- $all := dict "containerd" "/run/containerd/containerd.sock" "crio" "/run/crio/crio.sock"
    "docker" "/run/docker.sock" -}}
{{- $isAutomatic := and (eq .restartMode "auto") (eq .runtime "docker") -}}
{{- if or $isAutomatic (eq .restartMode "signal") }}{{ dig .runtime "" $all }}{{ end -}}
{{- end -}}
{{- end -}}
