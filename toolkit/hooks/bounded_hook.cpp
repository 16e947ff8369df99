#include "toolkit/hooks/bounded_hook.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "host/base/memory_file.h"
#include "host/process/forked.h"

#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace toolkit {

namespace {

constexpr const char* kMessages = "messages";
constexpr const char* kOutput = "output";

enum class Kind { Log, Warning, Forgiven, Failure };

/// Before the two texts of a message.
struct Head {
    Kind kind;
    host::Fault fault;
    std::size_t textSize;
    std::size_t remedySize;
};

void tell(const host::Fd& messages, Kind kind, const host::Error& error) {
    const std::string_view text = error.what();
    const Head head{kind, error.fault(), text.size(), error.remedy().size()};
    std::string message(reinterpret_cast<const char*>(&head), sizeof head);
    message.append(text).append(error.remedy());
    host::writeAll(messages.get(), message, kMessages);
}

/// In the child, whose standard descriptors are /dev/null.
void workThere(const HookWork& work, HookIo io, const host::Fd& messages) {
    io.openLog = [&messages](const std::filesystem::path& file) {
        tell(messages, Kind::Log, host::Error(file.string()));
    };
    const host::Observer observer{
        .warn = [&](const std::string& text) { tell(messages, Kind::Warning, host::Error(text)); },
        .forgive = [&](const host::Error& error) { tell(messages, Kind::Forgiven, error); }};
    try {
        work(io, observer);
    } catch (const host::Error& error) {
        tell(messages, Kind::Failure, error);
    } catch (const std::exception& error) {
        tell(messages, Kind::Failure, host::Error(error.what()));
    }
}

std::string_view take(std::string_view& rest, std::size_t size) {
    const auto taken = rest.substr(0, size);
    rest.remove_prefix(taken.size());
    return taken;
}

/// Passes on what the child told; a child that was killed may not have ended its last message.
/// Throws its failure.
void hear(const host::Fd& messages, const HookIo& io, const host::Observer& observer) {
    ::lseek(messages.get(), 0, SEEK_SET);
    const std::string told = host::readWhole(messages, kMessages);
    Head head{};
    for (std::string_view rest = told; rest.size() >= sizeof head;) {
        std::memcpy(&head, take(rest, sizeof head).data(), sizeof head);
        const std::string text(take(rest, head.textSize));
        const host::Error error(head.fault, text, std::string(take(rest, head.remedySize)));
        switch (head.kind) {
        case Kind::Log:
            io.openLog(text);
            break;
        case Kind::Warning:
            observer.warn(text);
            break;
        case Kind::Forgiven:
            observer.forgive(error);
            break;
        case Kind::Failure:
            throw host::Error(error);
        }
    }
}

} // namespace

void runBounded(std::string_view hook, std::chrono::milliseconds limit, const HookIo& io,
                const host::Observer& observer, const HookWork& work) {
    constexpr int kBehindStandard = 3;
    const host::Fd input(::fcntl(io.in, F_DUPFD_CLOEXEC, kBehindStandard));
    const host::Fd output = host::memoryFile(kOutput);
    const host::Fd messages = host::memoryFile(kMessages);
    HookIo there = io;
    there.in = input.get();
    there.out = output.get();
    try {
        host::answerOfChild(
            [&] {
                workThere(work, there, messages);
                return std::string();
            },
            limit, {input.get(), output.get(), messages.get()});
    } catch (const host::Error& error) {
        hear(messages, io, observer);
        throw host::Error(fmt::format("{} failed: {}", hook, error.what()), error.remedy());
    }
    hear(messages, io, observer);
    ::lseek(output.get(), 0, SEEK_SET);
    host::readPieces(output, kOutput, [&io](std::span<const std::byte> piece) {
        host::writeAll(io.out, {reinterpret_cast<const char*>(piece.data()), piece.size()},
                       "standard output");
    });
}

} // namespace toolkit
