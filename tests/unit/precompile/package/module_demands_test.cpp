#include "precompile/package/module_demands.h"

#include "tests/unit/precompile/module_image.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace precompile {
namespace {

using testing::HasSubstr;
using tests::ModuleImage;

constexpr const char* kKernel = "6.1.0-18-amd64";
constexpr const char* kSymvers = "0x00000001\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n"
                                 "0x00000002\trcu_unlock\tvmlinux\tEXPORT_SYMBOL_GPL\t\n"
                                 "0x00000003\tdma_buf_get\tvmlinux\tEXPORT_SYMBOL\tDMA_BUF\n"
                                 "0x00000004\tdrm_open\tdrivers/gpu/drm/drm\tEXPORT_SYMBOL\t\n"
                                 "0x00000005\tmodule_layout\tvmlinux\tEXPORT_SYMBOL\t\n";

class ModuleDemandsTest : public testing::Test {
  protected:
    ModuleFile module(ModuleImage image) {
        image.kernel = image.kernel.empty() ? kKernel : image.kernel;
        return inspectModule(directory.write("module.ko", moduleImage(image)), file);
    }
    std::string check(const std::vector<ModuleImage>& images) {
        std::vector<ModuleFile> modules;
        for (const ModuleImage& image : images) {
            file = image.name;
            modules.push_back(module(image));
        }
        return describe(problemsOf(modules, demands));
    }
    void symvers() { demands.symvers = directory.write("Module.symvers", kSymvers); }

    tests::Directory directory;
    std::string file;
    ModuleDemands demands{.driver = "535.1", .kernel = {.release = kKernel}};
};

ModuleImage nvidia() {
    return {.version = "535.1", .needs = {{"printk", 1}}, .exports = {"nv_open"}};
}

ModuleImage uvm() {
    return {.name = "nvidia-uvm",
            .license = "Dual MIT/GPL",
            .needs = {{"printk", 1}, {"nv_open", 7}, {"rcu_unlock", 2}}};
}

TEST_F(ModuleDemandsTest, GoodModulesHaveNoProblem) {
    EXPECT_EQ(check({nvidia(), uvm()}), "");
    symvers();
    EXPECT_EQ(check({nvidia(), uvm()}), "");
    EXPECT_EQ(
        check({nvidia(), {.name = "nvidia-drm", .version = "535.1", .needs = {{"drm_open"}}}}), "");
}

struct Case {
    const char* name;
    std::function<void(ModuleImage& nvidia, ModuleImage& uvm)> change;
    const char* problem;
};

const Case kCases[] = {
    {"OtherDriver", [](auto& nvidia, auto&) { nvidia.version = "470.1"; },
     "nvidia: it is of driver 470.1, not 535.1"},
    {"NoDriver", [](auto& nvidia, auto&) { nvidia.version = ""; },
     "nvidia: it does not say which driver it is of"},
    {"OneOfOtherDriver", [](auto&, auto& uvm) { uvm.version = "470.1"; },
     "nvidia-uvm: it is of driver 470.1, not 535.1"},
    {"OtherKernel", [](auto&, auto& uvm) { uvm.kernel = "6.1.0-19-amd64"; },
     "nvidia-uvm: it was built for another kernel: its vermagic is '6.1.0-19-amd64 SMP', the "
     "kernel "
     "is 6.1.0-18-amd64"},
    {"OfAnotherCore", [](auto& nvidia, auto&) { nvidia.needs.push_back({"rm_init"}); },
     "nvidia: it needs rm_init: neither the kernel nor a module before it exports it"},
    {"OfAnotherNvidia", [](auto&, auto& uvm) { uvm.needs.push_back({"nv_close"}); },
     "nvidia-uvm: it needs nv_close: neither the kernel nor a module before it exports it"},
};

class ModuleProblemsTest : public ModuleDemandsTest, public testing::WithParamInterface<Case> {};

/// With the kernel's Module.symvers, and with nothing but the modules' own CRCs.
TEST_P(ModuleProblemsTest, AreSeen) {
    ModuleImage first = nvidia();
    ModuleImage second = uvm();
    GetParam().change(first, second);
    EXPECT_EQ(check({first, second}), GetParam().problem);
    symvers();
    EXPECT_EQ(check({first, second}), GetParam().problem);
}

INSTANTIATE_TEST_SUITE_P(Each, ModuleProblemsTest, testing::ValuesIn(kCases),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_F(ModuleDemandsTest, NameIsTheFiles) {
    file = "nvidia-drm";
    EXPECT_EQ(describe(problemsOf({module({.version = "535.1"})}, demands)),
              "nvidia-drm: its .modinfo names it 'nvidia'");
}

TEST_F(ModuleDemandsTest, ModuleSymversTellsWhoMayUseWhat) {
    symvers();
    demands.kernel.namespaces = true;
    ModuleImage image = nvidia();
    image.needs = {{"printk", 9}, {"rcu_unlock", 2}, {"dma_buf_get", 3}};
    EXPECT_EQ(check({image}),
              "nvidia: it needs printk: its CRC is 0x00000009, its exporter's is 0x00000001; "
              "it needs rcu_unlock: it is exported to modules under the GPL, the module's "
              "licence is 'NVIDIA'; it needs dma_buf_get: it is in the namespace DMA_BUF, "
              "which the module does not import");
    demands.kernel.namespaces = false;
    image.needs = {{"dma_buf_get", 3}};
    EXPECT_EQ(check({image}), "") << "the kernel does without";
}

TEST_F(ModuleDemandsTest, ExporterInNobodysTreeIsBelieved) {
    symvers();
    EXPECT_EQ(check({{.version = "535.1", .needs = {{"ib_register_peer_memory_client", 8}}}}), "");
}

TEST_F(ModuleDemandsTest, WhatNobodyKnowsIsNoProblem) {
    ModuleImage image = nvidia();
    image.needs = {{"printk"}, {"rm_init"}};
    EXPECT_EQ(check({image}), "") << "no CRCs, no Module.symvers";
    EXPECT_FALSE(knowsSymbols({module(image)}, demands));
    EXPECT_TRUE(knowsSymbols({module(nvidia())}, demands));
    symvers();
    EXPECT_TRUE(knowsSymbols({module(image)}, demands));
    EXPECT_THAT(check({image}), HasSubstr("it needs rm_init: neither"));
    demands.complete = false;
    EXPECT_EQ(check({uvm()}), "") << "nvidia's core is not here, what it exports is not known";
}

class KernelProblemsTest : public ModuleDemandsTest {
  protected:
    ModuleFile good{.vermagic = "6.12.1-x SMP",
                    .sections = {".orc_unwind", ".return_sites"},
                    .thisModules = 1,
                    .retpoline = true};
    KernelDemands strict{"6.12.1-x", true, true, true};
};

TEST_F(KernelProblemsTest, EveryOneIsListed) {
    EXPECT_THAT(problemsOf(good, strict), testing::IsEmpty());
    const auto problems = problemsOf(ModuleFile(), strict);
    EXPECT_EQ(problems.size(), 5U);
    EXPECT_THAT(problems, testing::Contains("it has no vermagic"));
    good.repeatedKeys = {"vermagic"};
    EXPECT_THAT(problemsOf(good, strict),
                testing::ElementsAre("its .modinfo names vermagic more than once"));
}

TEST_F(KernelProblemsTest, AnotherKernelIsNamed) {
    EXPECT_THAT(
        problemsOf(good, {.release = "6.12.1-xy"}),
        testing::ElementsAre(HasSubstr("its vermagic is '6.12.1-x SMP', the kernel is 6.12.1-xy")));
}

TEST(DemandsOf, KnowsOldAndNewNames) {
    const auto old = demandsOf(
        "6.1", "x\nCONFIG_RETPOLINE=y\nCONFIG_UNWINDER_ORC=y\n# CONFIG_RETHUNK is not set\n");
    EXPECT_TRUE(old.retpoline);
    EXPECT_TRUE(old.orcUnwind);
    EXPECT_FALSE(old.returnSites);
    EXPECT_TRUE(demandsOf("6.12", "\nCONFIG_MITIGATION_RETHUNK=y\n").returnSites);
    EXPECT_TRUE(demandsOf("6.12", "\nCONFIG_X86_KERNEL_IBT=y\n").ibt);
    EXPECT_FALSE(old.ibt);
    EXPECT_TRUE(old.namespaces);
    EXPECT_FALSE(
        demandsOf("6.1", "\nCONFIG_MODULE_ALLOW_MISSING_NAMESPACE_IMPORTS=y\n").namespaces);
    EXPECT_FALSE(demandsOf("6.1", "").namespaces) << "nobody knows";
}

} // namespace
} // namespace precompile
