// The phone check of Debian's libphonenumber, and the numbers that both sides check.
//
//   c++ -O2 -std=c++17 -o compare compare.cpp -lphonenumber
//   ./compare make 100000 > numbers.txt     numbers of all regions, most of them valid
//   ./compare check numbers.txt             {"numbers":…,"valid":…,"per_second":…}
#include <phonenumbers/phonenumberutil.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <random>
#include <set>
#include <string>
#include <vector>

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

// Each region's example of a mobile number in turn, with its last five digits drawn anew.
static int make(const PhoneNumberUtil &util, long count) {
    std::set<std::string> regions;
    util.GetSupportedRegions(&regions);
    std::vector<std::string> examples;
    for (const auto &region : regions) {
        PhoneNumber number;
        std::string text;
        if (!util.GetExampleNumberForType(region, PhoneNumberUtil::MOBILE, &number)) continue;
        util.Format(number, PhoneNumberUtil::E164, &text);
        examples.push_back(text);
    }
    std::mt19937 random(1);
    for (long index = 0; index < count; index++) {
        std::string text = examples[index % examples.size()];
        const size_t drawn = std::min<size_t>(5, text.size() - 5);
        for (size_t place = text.size() - drawn; place < text.size(); place++) text[place] = '0' + random() % 10;
        std::cout << text << '\n';
    }
    return 0;
}

static int check(const PhoneNumberUtil &util, const char *path) {
    std::ifstream file(path);
    std::vector<std::string> numbers;
    for (std::string line; std::getline(file, line);) numbers.push_back(line);
    std::vector<double> rates;
    long valid = 0;
    for (int round = 0; round < 4; round++) {
        valid = 0;
        std::string normal;
        const auto start = std::chrono::steady_clock::now();
        for (const auto &text : numbers) {
            PhoneNumber number;
            if (util.Parse(text, "ZZ", &number) != PhoneNumberUtil::NO_PARSING_ERROR) continue;
            if (!util.IsValidNumber(number)) continue;
            util.Format(number, PhoneNumberUtil::E164, &normal);
            valid++;
        }
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
        // The first round compiles the regular expressions.
        if (round > 0) rates.push_back(numbers.size() / seconds.count());
    }
    std::sort(rates.begin(), rates.end());
    std::cout << "{\"numbers\":" << numbers.size() << ",\"valid\":" << valid << ",\"per_second\":" << (long)rates[1]
              << "}\n";
    return 0;
}

int main(int argc, char **argv) {
    PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
    const std::string command = argc == 3 ? argv[1] : "";
    if (command == "make") return make(util, std::stol(argv[2]));
    if (command == "check") return check(util, argv[2]);
    std::cerr << "usage: compare make COUNT | check FILE\n";
    return 2;
}
