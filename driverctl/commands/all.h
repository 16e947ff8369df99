/// The program's commands, in the order of the help: each is one file here, which ends with its
/// row.
#pragma once

#include "driverctl/cli/command.h"

namespace driverctl {

extern const Command kUpdate;
extern const Command kMatrix;
extern const Command kInit;
extern const Command kStatus;
extern const Command kDoctor;
extern const Command kPlan;
extern const Command kUnload;
extern const Command kDeviceCreate;
extern const Command kList;
extern const Command kInfo;
extern const Command kProbe;
extern const Command kReloadNvidiaPeermem;
extern const Command kProbeNvidiaPeermem;
extern const Command kDriverList;
extern const Command kDriverUnpack;
extern const Command kPackageList;
extern const Command kPackageInspect;
extern const Command kPackageVerify;
extern const Command kPackageSign;
extern const Command kPackageDiff;
extern const Command kPackageImport;
extern const Command kPackageExport;
extern const Command kPackagePrune;
extern const Command kPackageIndex;
extern const Command kCdiGenerate;
extern const Command kCdiList;
extern const Command kCdiValidate;
extern const Command kHook;
extern const Command kRuntimeConfigure;
extern const Command kToolkitInstall;
extern const Command kSelinuxStatus;
extern const Command kSelinuxLabel;
extern const Command kImageAddPackages;
extern const Command kImageTag;
extern const Command kPush;
extern const Command kPull;
extern const Command kTags;
extern const Command kCompletion;

inline constexpr const Command* kCommands[] = {
    &kUpdate,
    &kMatrix,
    &kInit,
    &kStatus,
    &kDoctor,
    &kPlan,
    &kUnload,
    &kDeviceCreate,
    &kList,
    &kInfo,
    &kProbe,
    &kReloadNvidiaPeermem,
    &kProbeNvidiaPeermem,
    &kDriverList,
    &kDriverUnpack,
    &kPackageList,
    &kPackageInspect,
    &kPackageVerify,
    &kPackageSign,
    &kPackageDiff,
    &kPackageImport,
    &kPackageExport,
    &kPackagePrune,
    &kPackageIndex,
    &kCdiGenerate,
    &kCdiList,
    &kCdiValidate,
    &kHook,
    &kRuntimeConfigure,
    &kToolkitInstall,
    &kSelinuxStatus,
    &kSelinuxLabel,
    &kImageAddPackages,
    &kImageTag,
    &kPush,
    &kPull,
    &kTags,
    &kCompletion,
};

} // namespace driverctl
