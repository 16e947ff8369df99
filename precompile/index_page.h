/// The index of a package repository as a page for people: releases by drivers.
///
/// One static HTML file: style and script are inside, nothing is loaded from anywhere, it works
/// from a file and without JavaScript. Whatever the index says is text there: markup, script and
/// links in it have no effect. The page's frame is index_page.html.
#pragma once

#include <string>

namespace precompile {

/// The page for the text of an index.json, beside which it is to lie. Throws host::Error that names
/// `origin` when the text is no index of format 1, or a file in it lies elsewhere than below it.
std::string indexPage(const std::string& indexJson, const std::string& origin);

} // namespace precompile
