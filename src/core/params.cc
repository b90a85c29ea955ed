#include "core/params.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/pointer.h"
#include "core/check.h"
#include "model/names.h"

namespace core {
namespace {

template <class N>
bool read_number(std::string_view text, base::Value& out) {
  N n{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (code != std::errc() || end != text.data() + text.size()) return false;
  out = n;
  return true;
}

/// Reads a text as a value of another type; leaves it when it is none.
base::Value from_text(model::ParamType type, const base::Value& given) {
  if (!given.is_string() || type == model::ParamType::string) return given;
  const std::string_view text = given.get_string();
  base::Value out = given;
  if (type == model::ParamType::integer) read_number<std::int64_t>(text, out);
  if (type == model::ParamType::number) read_number<double>(text, out);
  if (type == model::ParamType::boolean && (text == "true" || text == "false"))
    out = text == "true";
  return out;
}

void read_given(const model::PipelineSpec& spec, const base::Object& given, base::Object& out,
                Checker& c) {
  for (const auto& [key, value] : given) {
    const auto at = base::pointer_join("/params", key);
    const auto named = [&](const auto& p) { return p.first == key; };
    const auto param = std::ranges::find_if(spec.params, named);
    if (param == spec.params.end()) {
      c.fault(at, "this pipeline has no such parameter");
      continue;
    }
    auto typed = from_text(param->second.type, value);
    if (!fits(param->second.type, typed)) {
      c.fault(at, fmt::format("must be of type {}", model::word(param->second.type)));
      continue;
    }
    if (typed.is_string() && typed.get_string().find('\0') != std::string_view::npos)
      c.fault(at, "holds a NUL character");
    out[key] = std::move(typed);
  }
}

}  // namespace

base::Result<base::Object> resolve_params(const model::PipelineSpec& spec,
                                          const base::Object& given) {
  Checker c;
  base::Object out;
  read_given(spec, given, out, c);
  for (const auto& [name, param] : spec.params) {
    if (out.contains(name)) continue;
    if (param.default_)
      out[name] = *param.default_;
    else if (param.required && !given.contains(name))
      c.fault(base::pointer_join("/params", name),
              fmt::format("the parameter '{}' is required", name));
  }
  if (!c.clean()) return c.refusal();
  return out;
}

std::string param_text(const base::Value& v) {
  if (v.is_string()) return std::string(v.get_string());
  if (v.is_bool()) return v.get_bool() ? "true" : "false";
  if (v.is_int64()) return fmt::format("{}", v.get_int64());
  if (v.is_uint64()) return fmt::format("{}", v.get_uint64());
  if (v.is_double()) return fmt::format("{}", v.get_double());
  return "";
}

std::vector<model::EnvVar> resolve_env(const model::JobSpec& job, const base::Object& params) {
  std::vector<model::EnvVar> env;
  for (const auto& var : job.env) {
    const bool is_param = var.value_from && !var.value_from->param.empty();
    const auto* given = is_param ? params.if_contains(var.value_from->param) : nullptr;
    if (is_param && !given) continue;
    env.push_back(var);
    if (given) env.back().value = param_text(*given);
  }
  return env;
}

}  // namespace core
