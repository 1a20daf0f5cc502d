// Sends rows through a stream and writes what comes out, while both sides wait at random.
// Arguments: seed, of 100 cycles those in which the sender waits, and the receiver, bytes of a row
// and of a result. Standard input: rows, each followed by a byte for tlast. Standard output: results
// in the same form. Standard error: cycles from the first word taken to the last result, and how
// often something changed that the receiver had not taken.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "Vstream.h"
#include "verilated.h"

using bytes = std::vector<unsigned char>;

// xorshift64*: the same numbers everywhere.
struct draw {
    std::uint64_t state;
    bool of_100(unsigned share)
    {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        return (state * 0x2545F4914F6CDD1DULL >> 33) % 100 < share;
    }
};

int main(int, char **arguments)
{
    draw chance{0x9E3779B97F4A7C15ULL + std::strtoull(arguments[1], nullptr, 10)};
    const unsigned sender = std::atoi(arguments[2]), receiver = std::atoi(arguments[3]);
    const std::size_t size = std::atoi(arguments[4]), result = std::atoi(arguments[5]);
    bytes rows, out, shown(result + 1), held;
    for (int one; (one = std::getchar()) != EOF;)
        rows.push_back(static_cast<unsigned char>(one));
    const std::size_t count = rows.size() / (size + 1);

    Vstream stream;
    std::size_t sent = 0, got = 0;
    long cycle = 0, first = -1, end = 0, changed = 0, idle = 0;
    bool offered = false;
    for (; idle < 1000; cycle++) {  // goes on after the last: what comes twice is seen
        stream.aresetn = cycle >= 4;
        if (!offered && sent < count && cycle >= 4)
            offered = !chance.of_100(sender);
        const unsigned char *row = rows.data() + sent * (size + 1);
        if (offered)
            std::memcpy(&stream.s_axis_tdata, row, size);
        else
            std::memset(&stream.s_axis_tdata, 0xA5, size);
        stream.s_axis_tvalid = offered;
        stream.s_axis_tlast = offered && row[size];
        stream.m_axis_tready = !chance.of_100(receiver);
        stream.aclk = 0;
        stream.eval();
        const bool take = stream.s_axis_tvalid && stream.s_axis_tready;
        const bool give = stream.m_axis_tvalid && stream.m_axis_tready;
        std::memcpy(shown.data(), &stream.m_axis_tdata, result);
        shown[result] = stream.m_axis_tlast;
        if (!held.empty() && (!stream.m_axis_tvalid || held != shown))
            changed++;
        held = stream.m_axis_tvalid && !give ? shown : bytes();
        if (take) {
            first = first < 0 ? cycle : first;
            sent++;
            offered = false;
        }
        if (give) {
            out.insert(out.end(), shown.begin(), shown.end());
            got++;
            end = cycle;
        }
        idle = take || give ? 0 : idle + 1;
        stream.aclk = 1;
        stream.eval();
    }
    std::fwrite(out.data(), 1, out.size(), stdout);
    std::fprintf(stderr, "%ld %ld\n", end - first + 1, changed);
    return 0;
}
