#include "loader/checks/symbol_check.h"

#include "host/base/error.h"
#include "host/base/fd.h"
#include "host/base/memory_file.h"
#include "host/process/process.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

namespace host {

bool operator==(const SymbolProblem& left, const SymbolProblem& right) {
    return left.module == right.module && left.symbol == right.symbol &&
           left.problem == right.problem;
}

void PrintTo(const SymbolProblem& problem, std::ostream* stream) {
    *stream << problem.module << " " << problem.symbol << ": " << problem.problem;
}

} // namespace host

namespace loader {
namespace {

using host::SymbolProblem;

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kMissing = "neither the kernel nor a module before it exports it";

/// What a module needs and exports, in C: the compiler makes a real relocatable object of it.
class Source {
  public:
    Source& needs(const std::string& symbol, const std::string& crc = "") {
        text_ += "extern char " + symbol + "[]; void* use_" + symbol + " = " + symbol + ";\n";
        return crc.empty() ? *this : version(symbol, crc);
    }
    Source& mayUse(const std::string& symbol, const std::string& crc = "") {
        text_ += "#pragma weak " + symbol + "\n";
        return needs(symbol, crc);
    }
    Source& version(const std::string& symbol, const std::string& crc) {
        text_ += "__attribute__((section(\"__versions\"), used, aligned(32))) static const struct "
                 "{ unsigned long crc; char name[56]; } version_" +
                 symbol + " = {" + crc + ", \"" + symbol + "\"};\n";
        return *this;
    }
    /// As modpost writes it. Without a CRC: as without CONFIG_MODVERSIONS.
    Source& exports(const std::string& symbol, const std::string& crc = "") {
        text_ += "char " + symbol + "[1];\n" +
                 "asm(\".section __ksymtab_strings,\\\"aMS\\\","
                 "@progbits,1\\n.asciz \\\"" +
                 symbol + "\\\"\\n.previous\");\n";
        if (!crc.empty()) {
            text_ += "asm(\".section __kcrctab,\\\"a\\\"\\n__crc_" + symbol + ": .long " + crc +
                     "\\n.previous\");\n";
        }
        return *this;
    }
    [[nodiscard]] const std::string& text() const noexcept { return text_; }

  private:
    std::string text_ = "int module;\n";
};

class SymbolCheckTest : public testing::Test {
  protected:
    std::filesystem::path compile(const Source& source, const std::filesystem::path& file) const {
        const auto text = directory.write("module.c", source.text());
        const auto object = directory.path() / file;
        std::filesystem::create_directories(object.parent_path());
        host::runChecked({.argv = {"gcc", "-c", text.string(), "-o", object.string()}});
        return object;
    }
    void add(const std::string& name, const std::string& content) {
        files.push_back(host::memoryFile(name));
        host::writeAll(files.back().get(), content, name);
        modules.push_back({name, files.back().get()});
    }
    void add(const std::string& name, const Source& source) {
        add(name, host::readFile(compile(source, "module.o")));
    }
    void kallsyms(const std::string& lines) const { directory.write("proc/kallsyms", lines); }
    void symvers(const std::string& lines, const std::string& name = "Module.symvers") const {
        directory.write("tree/" + name, lines);
    }
    /// Puts a module into the host's tree and lets depmod index it.
    void install(const std::string& name, const Source& source) const {
        compile(source, "lib/modules/6.1/kernel/" + name + ".ko");
        directory.write("lib/modules/6.1/modules.order", "");
        directory.write("lib/modules/6.1/modules.builtin", "");
        host::runChecked({.argv = {"/usr/sbin/depmod", "-b", directory.path().string(), "6.1"}});
    }
    [[nodiscard]] std::vector<SymbolProblem> check(const std::string& tree = "tree") const {
        return checkSymbols(
            modules, {.proc = directory.path() / "proc", .moduleTree = directory.path() / tree});
    }

    tests::Directory directory;
    std::deque<host::Fd> files;
    std::vector<CandidateModule> modules;
};

constexpr const char* kKernel = "0000000000000000 T printk\n"
                                "0000000000000000 t hidden\n"
                                "0000000000000000 D init_task\n"
                                "0000000000000000 r __ksymtab_printk\n"
                                "0000000000000000 r __ksymtab_jiffies\n"
                                "0000000000000000 r __ksymtab_drm_open\t[drm]\n"
                                "0000000000000000 T drm_close\t[drm]\n"
                                "0000000000000000 t drm_hidden\t[drm]\n";

TEST_F(SymbolCheckTest, EverythingIsThere) {
    kallsyms(kKernel);
    add("nvidia", Source().needs("printk").needs("jiffies").needs("drm_open").needs("drm_close"));
    EXPECT_THAT(check(), IsEmpty());
    EXPECT_THAT(check("nothing"), IsEmpty());
    EXPECT_THAT(checkSymbols(modules, {.proc = directory.path() / "proc"}), IsEmpty());
}

TEST_F(SymbolCheckTest, EveryMissingSymbolIsListed) {
    kallsyms(kKernel);
    add("nvidia", Source().needs("printk").needs("gone").needs("hidden"));
    add("nvidia-uvm", Source().needs("drm_hidden").needs("gone"));
    EXPECT_THAT(check(), ElementsAre(SymbolProblem{"nvidia", "gone", kMissing},
                                     SymbolProblem{"nvidia", "hidden", kMissing},
                                     SymbolProblem{"nvidia-uvm", "drm_hidden", kMissing},
                                     SymbolProblem{"nvidia-uvm", "gone", kMissing}));
}

TEST_F(SymbolCheckTest, WeakSymbolsMayBeMissingButNotBeDifferent) {
    kallsyms(kKernel);
    symvers("0x00000001\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n");
    add("nvidia", Source().mayUse("gone").mayUse("printk", "0x2"));
    EXPECT_THAT(check(),
                ElementsAre(SymbolProblem{"nvidia", "printk",
                                          "its CRC is 0x00000002, its exporter's is 0x00000001"}));
}

TEST_F(SymbolCheckTest, CrcsAreComparedWithModuleSymvers) {
    kallsyms(kKernel + std::string("0000000000000000 r __ksymtab_module_layout\n"));
    const std::string lines = "0xf2d6a1c0\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n"
                              "0x0000beef\tjiffies\tvmlinux\tEXPORT_SYMBOL\t\n"
                              "0x00000000\tdrm_open\tdrivers/gpu/drm/drm\tEXPORT_SYMBOL\t\n"
                              "0x00000003\tmodule_layout\tvmlinux\tEXPORT_SYMBOL\t\n"
                              "damaged\n";
    symvers(lines);
    add("nvidia", Source()
                      .needs("printk", "0xf2d6a1c0")
                      .needs("jiffies", "0xbeee")
                      .needs("drm_open", "5")
                      .version("module_layout", "4"));
    const auto differ = ElementsAre(
        SymbolProblem{"nvidia", "jiffies", "its CRC is 0x0000beee, its exporter's is 0x0000beef"},
        SymbolProblem{"nvidia", "module_layout",
                      "its CRC is 0x00000004, its exporter's is 0x00000003"});
    EXPECT_THAT(check(), differ);
    // The kernel's build directory comes before a file in the tree itself.
    symvers(lines, "build/Module.symvers");
    symvers("");
    EXPECT_THAT(check(), differ);
}

TEST_F(SymbolCheckTest, UnknownCrcsAreNoProblem) {
    kallsyms(kKernel);
    symvers("0x00000000\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n"
            "0x00000007\tjiffies\tvmlinux\tEXPORT_SYMBOL\t\n");
    add("nvidia", Source().needs("printk", "1").needs("jiffies").needs("drm_open", "2"));
    EXPECT_THAT(check(), IsEmpty());
}

TEST_F(SymbolCheckTest, WhoMayUseASymbolIsKnownFromModuleSymvers) {
    kallsyms(kKernel);
    add("nvidia", Source().needs("printk").needs("jiffies"));
    EXPECT_THAT(check(), IsEmpty());
    symvers("0x00000001\tprintk\tvmlinux\tEXPORT_SYMBOL_GPL\tNAMESPACE\n"
            "0x00000002\tjiffies\tvmlinux\tEXPORT_SYMBOL\tNAMESPACE\n");
    EXPECT_THAT(check(),
                ElementsAre(SymbolProblem{
                    "nvidia", "printk",
                    "it is exported to modules under the GPL, the module's licence is ''"}));
}

TEST_F(SymbolCheckTest, KernelWithoutModversionsHasNoModuleLayout) {
    kallsyms(kKernel);
    add("nvidia", Source().needs("printk", "1").version("module_layout", "4"));
    EXPECT_THAT(check(), IsEmpty());
}

TEST_F(SymbolCheckTest, EarlierCandidatesCount) {
    kallsyms(kKernel);
    add("nvidia", Source().exports("nv_open", "0xabcdef01").exports("nv_close", "2"));
    add("nvidia-uvm", Source().needs("nv_open", "0xabcdef01").needs("nv_close", "3"));
    EXPECT_THAT(check(),
                ElementsAre(SymbolProblem{"nvidia-uvm", "nv_close",
                                          "its CRC is 0x00000003, its exporter's is 0x00000002"}));
}

TEST_F(SymbolCheckTest, LaterCandidatesDoNotCount) {
    kallsyms(kKernel);
    add("nvidia-uvm", Source().needs("nv_open"));
    add("nvidia", Source().exports("nv_open"));
    EXPECT_THAT(check(), ElementsAre(SymbolProblem{"nvidia-uvm", "nv_open", kMissing}));
    std::swap(modules[0], modules[1]);
    EXPECT_THAT(check(), IsEmpty());
}

TEST_F(SymbolCheckTest, TheLoadedDriverIsNotAnExporter) {
    kallsyms(kKernel + std::string("0000000000000000 r __ksymtab_nv_gone\t[nvidia]\n"
                                   "0000000000000000 r __ksymtab_kms_gone\t[nvidia_modeset]\n"
                                   "0000000000000000 r __ksymtab_other\t[other]\n"));
    add("nvidia", Source());
    add("nvidia-modeset", Source().needs("nv_gone").needs("kms_gone").needs("other"));
    EXPECT_THAT(check(), ElementsAre(SymbolProblem{"nvidia-modeset", "nv_gone", kMissing},
                                     SymbolProblem{"nvidia-modeset", "kms_gone", kMissing}));
}

TEST_F(SymbolCheckTest, ModulesOfTheHostCount) {
    kallsyms(kKernel);
    install("drm", Source().exports("drm_open", "1").exports("drm_new", "2"));
    install("video", Source().exports("video_open", "3"));
    install("backlight", Source().exports("video_close")); // no CRC
    install("nvidia", Source().exports("nv_old"));
    add("nvidia", Source()
                      .needs("drm_open", "4") // of the loaded drm
                      .needs("drm_new", "2")  // of a drm that would have to be loaded
                      .needs("video_open", "5")
                      .needs("video_close", "6"));
    add("nvidia-uvm", Source().needs("nv_old"));
    EXPECT_THAT(check("lib/modules/6.1"),
                ElementsAre(SymbolProblem{"nvidia", "drm_open",
                                          "its CRC is 0x00000004, its exporter's is 0x00000001"},
                            SymbolProblem{"nvidia", "video_open",
                                          "its CRC is 0x00000005, its exporter's is 0x00000003"},
                            SymbolProblem{"nvidia-uvm", "nv_old", kMissing}));
}

TEST_F(SymbolCheckTest, KernelWithoutTableEntriesExportsWhatItLists) {
    kallsyms("0000000000000000 T printk\n"
             "0000000000000000 R __start___ksymtab_gpl\n"
             "0000000000000000 D init_task\n"
             "0000000000000000 t drm_open\t[drm]\n");
    add("nvidia", Source().needs("printk").needs("drm_open").needs("gone"));
    EXPECT_THAT(check(), ElementsAre(SymbolProblem{"nvidia", "gone", kMissing}));
}

TEST_F(SymbolCheckTest, KernelThatListsFunctionsOnlyMissesNothing) {
    add("nvidia", Source().needs("printk").needs("jiffies"));
    EXPECT_THAT(check(), IsEmpty()); // no /proc/kallsyms at all
    kallsyms("0000000000000000 T printk\n");
    EXPECT_THAT(check(), IsEmpty());
    symvers("0x00000002\tjiffies\tvmlinux\tEXPORT_SYMBOL\t\n");
    add("nvidia-uvm", Source().needs("jiffies", "1"));
    EXPECT_THAT(check(),
                ElementsAre(SymbolProblem{"nvidia-uvm", "jiffies",
                                          "its CRC is 0x00000001, its exporter's is 0x00000002"}));
}

TEST_F(SymbolCheckTest, DamagedModuleIsNamed) {
    kallsyms(kKernel);
    const std::string whole =
        host::readFile(compile(Source().needs("printk", "1").exports("nv", "2"), "module.o"));
    for (const std::string& content : {std::string("no ELF"), std::string(), whole.substr(0, 70),
                                       whole.substr(0, whole.size() / 2)}) {
        modules.clear();
        add("nvidia-drm", content);
        try {
            static_cast<void>(check());
            ADD_FAILURE() << "accepted " << content.size() << " bytes";
        } catch (const host::Error& error) {
            EXPECT_THAT(error.what(), HasSubstr("module nvidia-drm: it is damaged or no ELF"));
            EXPECT_FALSE(error.remedy().empty());
        }
    }
}

} // namespace
} // namespace loader
