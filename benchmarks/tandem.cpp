// A tandem of single-server stations with unlimited queues, written by hand as a yardstick for the engines.
// It reads start and service minutes, and records when each visit came, began and ended.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <queue>
#include <vector>

struct Event {
    double time;
    std::uint64_t order;
    std::uint32_t movement;
};

struct Later {
    bool operator()(const Event& a, const Event& b) const {
        return a.time > b.time || (a.time == b.time && a.order > b.order);
    }
};

struct Tandem {
    const std::vector<double>&start, &service;
    std::size_t movements, stations;
    std::vector<double> came, began, ended;
    std::vector<std::uint32_t> at;
    std::vector<std::queue<std::uint32_t>> queues;
    std::vector<char> busy;
    std::priority_queue<Event, std::vector<Event>, Later> agenda;
    std::uint64_t order = 0;

    Tandem(const std::vector<double>& start, const std::vector<double>& service, std::size_t stations)
        : start(start), service(service), movements(start.size()), stations(stations), came(service.size()),
          began(service.size()), ended(service.size()), at(movements), queues(stations), busy(stations) {}

    void serve(std::uint32_t movement, double now, std::size_t station) {
        busy[station] = true;
        std::size_t visit = movement * stations + station;
        began[visit] = now;
        agenda.push({now + service[visit], order++, movement});
    }

    void arrive(std::uint32_t movement, double now, std::size_t station) {
        at[movement] = station;
        came[movement * stations + station] = now;
        if (busy[station])
            queues[station].push(movement);
        else
            serve(movement, now, station);
    }

    void leave(const Event& event) {
        std::size_t station = at[event.movement];
        ended[event.movement * stations + station] = event.time;
        if (queues[station].empty()) {
            busy[station] = false;
        } else {
            std::uint32_t next = queues[station].front();
            queues[station].pop();
            serve(next, event.time, station);
        }
        if (station + 1 < stations) arrive(event.movement, event.time, station + 1);
    }

    void run() {
        std::size_t begun = 0;
        while (begun < movements || !agenda.empty()) {
            if (begun < movements && (agenda.empty() || start[begun] <= agenda.top().time)) {
                arrive(begun, start[begun], 0);
                ++begun;
            } else {
                Event event = agenda.top();
                agenda.pop();
                leave(event);
            }
        }
    }
};

int main(int, char** argv) {
    std::size_t movements = std::atoll(argv[1]), stations = std::atoll(argv[2]);
    std::vector<double> start(movements), service(movements * stations);
    std::FILE* file = std::fopen(argv[3], "rb");
    if (!file || std::fread(start.data(), 8, start.size(), file) != start.size() ||
        std::fread(service.data(), 8, service.size(), file) != service.size())
        return 1;
    double best = 1e9, sojourn = 0;
    for (int repeat = 0; repeat < std::atoi(argv[4]); ++repeat) {
        std::clock_t before = std::clock();
        Tandem tandem(start, service, stations);
        tandem.run();
        best = std::min(best, double(std::clock() - before) / CLOCKS_PER_SEC);
        sojourn = 0;
        for (std::size_t i = 0; i < movements; ++i) sojourn += tandem.ended[(i + 1) * stations - 1] - start[i];
    }
    std::printf("%.9f %.17g\n", best, sojourn / movements);
}
