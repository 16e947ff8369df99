/// The page of the index.json on stdin, for a browser to look at: also of an index that no package
/// could lead to, which is what tests/system/test_index_page.py is about.
#include "precompile/index_page.h"

#include <iostream>
#include <iterator>

int main() {
    const std::string index{std::istreambuf_iterator<char>(std::cin), {}};
    std::cout << precompile::indexPage(index, "standard input");
}
