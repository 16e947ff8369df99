/// The index of a package repository as a page for people: releases by drivers.
///
/// One static HTML file: style and script are inside, nothing is loaded from anywhere, it works
/// from a file and without JavaScript. Whatever the index says is text there: markup, script and
/// links in it have no effect. The page's frame is index_page.html.
#pragma once

#include "precompile/share/package_index.h"

#include <string>
#include <vector>

namespace precompile {

/// The page is to lie beside the index.json of these entries.
std::string indexPage(const std::vector<IndexEntry>& entries);

} // namespace precompile
