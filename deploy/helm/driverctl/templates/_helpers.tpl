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

{{- define "driverctl.labels" -}}
{{ include "driverctl.selector" . }}
app.kubernetes.io/component: nvidia-driver
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "driverctl.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag }}{{ end }}
{{- end -}}
{{- end -}}

{{- /* The Secret with the keys that count; empty: there are none. */ -}}
{{- define "driverctl.trustSecret" -}}
{{- with .Values.trust -}}
{{- .existingSecret | default (.keys | empty | ternary "" (printf "%s-trust" (include "driverctl.name" $))) -}}
{{- end -}}
{{- end -}}

{{- /* The Secret with the registry's login; empty: there is none. */ -}}
{{- define "driverctl.loginSecret" -}}
{{- with .Values.registryLogin -}}
{{- .existingSecret | default (.dockerConfigJson | empty | ternary "" (printf "%s-login" (include "driverctl.name" $))) -}}
{{- end -}}
{{- end -}}

{{- /* A setting's value as its variable has it (docs/settings.md). Helm reads whole numbers as
floating ones. */ -}}
{{- define "driverctl.word" -}}
{{- if kindIs "slice" . -}}
{{- $words := list -}}
{{- range . }}{{ $words = append $words (toString . | replace "," "\\,") }}{{ end -}}
{{- join "," $words -}}
{{- else if kindIs "float64" . -}}
{{- int64 . -}}
{{- else -}}
{{- toString . -}}
{{- end -}}
{{- end -}}

{{- /* All of init's settings, as {"settings": {…}}: those of the values, and what other values
decide. */ -}}
{{- define "driverctl.settings" -}}
{{- $own := dict "store" (printf "%s/packages" .Values.cacheDirectory) "work-dir" .Values.cacheDirectory -}}
{{- /* What the image holds comes first. */ -}}
{{- $sources := prepend (index .Values.settings "package-source" | default list) "/var/lib/driverctl/packages" -}}
{{- $_ := set $own "package-source" $sources -}}
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
{{- dict "containerd" "/etc/containerd" "crio" "/etc/crio" "docker" "/etc/docker" "podman" "/etc/containers" "none" "" | dig .Values.toolkit.runtime "" -}}
{{- end -}}

{{- /* The socket of its daemon, where that is told by a signal. */ -}}
{{- define "driverctl.runtimeSocket" -}}
{{- $sockets := dict "containerd" "/run/containerd/containerd.sock" "crio" "/run/crio/crio.sock" "docker" "/run/docker.sock" -}}
{{- $told := or (eq .Values.toolkit.restartMode "signal") (and (eq .Values.toolkit.restartMode "auto") (eq .Values.toolkit.runtime "docker")) -}}
{{- if $told }}{{ $sockets | dig .Values.toolkit.runtime "" }}{{ end -}}
{{- end -}}
