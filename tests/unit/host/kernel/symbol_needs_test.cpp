#include "host/kernel/symbol_needs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace host {
namespace {

constexpr const char* kNobody = "neither the kernel nor a module before it exports it";

class MadeExporters : public SymbolExporters {
  public:
    using Table = std::map<std::string, SymbolExport>;
    MadeExporters(Table kernel, Table others)
        : kernel_(std::move(kernel)), others_(std::move(others)) {}
    std::optional<SymbolExport> ofKernel(const ModuleSymbol& symbol) override {
        return find(kernel_, symbol);
    }
    std::optional<SymbolExport> ofOthers(const ModuleSymbol& symbol) override {
        return find(others_, symbol);
    }

  private:
    static std::optional<SymbolExport> find(const Table& table, const ModuleSymbol& symbol) {
        const auto found = table.find(symbol.name);
        return found == table.end() ? std::nullopt : std::optional(found->second);
    }
    Table kernel_;
    Table others_;
};

struct Case {
    const char* name;
    ModuleSymbol needs;
    const char* license;
    std::vector<std::string> namespaces;
    const char* problem; ///< empty: none
};

const Case kCases[] = {
    {"Exported", {"printk", 1}, "NVIDIA", {}, ""},
    {"UnknownCrc", {"printk", 0}, "NVIDIA", {}, ""},
    {"OtherCrc",
     {"printk", 2},
     "NVIDIA",
     {},
     "its CRC is 0x00000002, its exporter's is 0x00000001"},
    {"WeakOtherCrc",
     {"printk", 2, true},
     "NVIDIA",
     {},
     "its CRC is 0x00000002, its exporter's is 0x00000001"},
    {"Nobody", {"gone", 0}, "GPL", {}, kNobody},
    {"WeakNobody", {"gone", 0, true}, "GPL", {}, ""},
    {"GplOnly",
     {"rcu_read_unlock_strict", 3},
     "NVIDIA",
     {},
     "it is exported to modules under the GPL, the module's licence is 'NVIDIA'"},
    {"GplOnlyToDual", {"rcu_read_unlock_strict", 3}, "Dual MIT/GPL", {}, ""},
    {"WeakGplOnly", {"rcu_read_unlock_strict", 3, true}, "NVIDIA", {}, ""},
    {"Namespace",
     {"dma_buf_get", 4},
     "NVIDIA",
     {"CXL"},
     "it is in the namespace DMA_BUF, which the module does not import"},
    {"ImportedNamespace", {"dma_buf_get", 4}, "NVIDIA", {"CXL", "DMA_BUF"}, ""},
    {"OfAModuleBefore", {"nv_open", 5}, "NVIDIA", {}, ""},
    {"OtherCrcOfAModuleBefore",
     {"nv_open", 6},
     "NVIDIA",
     {},
     "its CRC is 0x00000006, its exporter's is 0x00000005"},
    {"OfOthers", {"drm_open", 7}, "NVIDIA", {}, ""},
    {"TheKernelComesFirst",
     {"both", 8},
     "NVIDIA",
     {},
     "its CRC is 0x00000008, its exporter's is 0x00000009"},
};

class SymbolProblemsTest : public testing::TestWithParam<Case> {};

TEST_P(SymbolProblemsTest, AreTheKernels) {
    const Case& is = GetParam();
    MadeExporters exporters({{"printk", {.crc = 1}},
                             {"rcu_read_unlock_strict", {.crc = 3, .gplOnly = true}},
                             {"dma_buf_get", {.crc = 4, .nameSpace = "DMA_BUF"}},
                             {"both", {.crc = 9}}},
                            {{"drm_open", {.crc = 7}}, {"nv_open", {.crc = 99}}});
    const auto problems = symbolProblems(
        {{.name = "nvidia", .required = {}, .exported = {{"nv_open", 5}, {"both", 8}}},
         {.name = "nvidia-uvm",
          .required = {is.needs},
          .exported = {},
          .license = is.license,
          .namespaces = is.namespaces}},
        exporters);
    EXPECT_EQ(describe(problems),
              *is.problem == '\0' ? "" : "nvidia-uvm needs " + is.needs.name + ": " + is.problem);
}

INSTANTIATE_TEST_SUITE_P(Each, SymbolProblemsTest, testing::ValuesIn(kCases),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(SymbolProblems, LaterModulesAreNotThereYet) {
    MadeExporters none({}, {});
    const std::vector<SymbolUser> modules = {
        {.name = "nvidia-uvm", .required = {{"nv_open"}}, .exported = {}},
        {.name = "nvidia", .required = {}, .exported = {{"nv_open"}}}};
    EXPECT_EQ(symbolProblems(modules, none).size(), 1U);
    EXPECT_TRUE(symbolProblems({modules[1], modules[0]}, none).empty());
}

TEST(SymbolProblems, AreNamedUpToANumber) {
    std::vector<SymbolProblem> problems(7, {"nvidia", "rm_init", "no"});
    const std::string text = describe(problems);
    EXPECT_TRUE(text.starts_with("nvidia needs rm_init: no; nvidia needs rm_init: no; ")) << text;
    EXPECT_TRUE(text.ends_with("; and 2 more")) << text;
}

} // namespace
} // namespace host
