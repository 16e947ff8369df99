#include "toolkit/hooks/device_program.h"

#include <array>
#include <gtest/gtest.h>
#include <stdexcept>

namespace toolkit {
namespace {

constexpr bpf_insn mov(std::uint8_t to, int value) {
    return {
        .code = BPF_ALU64 | BPF_K | BPF_MOV, .dst_reg = to, .src_reg = 0, .off = 0, .imm = value};
}
constexpr bpf_insn kExit{
    .code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0};

const std::vector kDeny{mov(BPF_REG_0, 0), kExit};
const std::vector kAllow{mov(BPF_REG_0, 1), kExit};

/// What a program answers, by the instructions that programs here are made of.
bool allows(const std::vector<bpf_insn>& program, const bpf_cgroup_dev_ctx& context) {
    std::array<std::uint64_t, 11> registers{};
    const std::array words{context.access_type, context.major, context.minor};
    for (std::size_t at = 0; at < program.size(); ++at) {
        const auto& [code, to, from, offset, value] = program[at];
        const auto constant = static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
        switch (code) {
        case BPF_LDX | BPF_MEM | BPF_W:
            registers.at(to) = words.at(static_cast<std::size_t>(offset) / sizeof words[0]);
            break;
        case BPF_ALU64 | BPF_X | BPF_MOV:
            registers.at(to) = registers.at(from);
            break;
        case BPF_ALU64 | BPF_K | BPF_MOV:
            registers.at(to) = constant;
            break;
        case BPF_ALU64 | BPF_K | BPF_AND:
            registers.at(to) &= constant;
            break;
        case BPF_ALU64 | BPF_K | BPF_RSH:
            registers.at(to) >>= constant;
            break;
        case BPF_JMP | BPF_K | BPF_JNE:
            at += registers.at(to) == constant ? 0 : static_cast<std::size_t>(offset);
            break;
        case BPF_JMP | BPF_EXIT:
            return registers[0] == 1;
        default:
            throw std::logic_error("an instruction that nobody writes here");
        }
    }
    throw std::logic_error("the program has no end");
}

struct Case {
    const char* name;
    unsigned type;
    unsigned access;
    DeviceNumber device;
    bool isAllowed;
};

class Allowing : public testing::TestWithParam<Case> {};

TEST_P(Allowing, ReadingAndWritingOfTheDevicesAlone) {
    const auto& [name, type, access, device, isAllowed] = GetParam();
    const bpf_cgroup_dev_ctx context{
        .access_type = access << 16 | type, .major = device.major, .minor = device.minor};
    const std::vector<DeviceNumber> devices{{195, 0}, {507, 1}, {195, 255}};
    EXPECT_EQ(allows(allowing(devices, kDeny), context), isAllowed);
    EXPECT_TRUE(allows(allowing(devices, kAllow), context)) << "takes away what was allowed";
    EXPECT_FALSE(allows(allowing({}, kDeny), context));
    EXPECT_EQ(allows(allowing({{1, 3}}, allowing(devices, kDeny)), context), isAllowed) << "twice";
}

constexpr unsigned kRead = BPF_DEVCG_ACC_READ;
constexpr unsigned kWrite = BPF_DEVCG_ACC_WRITE;
constexpr unsigned kMake = BPF_DEVCG_ACC_MKNOD;

INSTANTIATE_TEST_SUITE_P(
    Accesses, Allowing,
    testing::Values(Case{"First", BPF_DEVCG_DEV_CHAR, kRead | kWrite, {195, 0}, true},
                    Case{"Reading", BPF_DEVCG_DEV_CHAR, kRead, {507, 1}, true},
                    Case{"Last", BPF_DEVCG_DEV_CHAR, kWrite, {195, 255}, true},
                    Case{"Making", BPF_DEVCG_DEV_CHAR, kMake, {195, 0}, false},
                    Case{"All", BPF_DEVCG_DEV_CHAR, kRead | kWrite | kMake, {195, 0}, false},
                    Case{"Block", BPF_DEVCG_DEV_BLOCK, kRead, {195, 0}, false},
                    Case{"OtherMinor", BPF_DEVCG_DEV_CHAR, kRead, {195, 1}, false},
                    Case{"OtherMajor", BPF_DEVCG_DEV_CHAR, kRead, {508, 1}, false}),
    [](const auto& test) { return test.param.name; });

} // namespace
} // namespace toolkit
