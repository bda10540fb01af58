// Runs one model in PyTorch Mobile's arm64 libraries and tells plugin.c when what begins and ends.
//
//     elbench-count MODEL REPORT OUTPUT {SHAPE FORMAT FILE}...
//
// MODEL is loaded once and runs three forwards on the inputs: the first, a steady one, and one that is split into
// operators. Each input is raw float32 in memory order, FORMAT `contiguous` or `channels_last`. OUTPUT gets the last
// output as raw float32, REPORT lines of four kinds: `library ADDRESS NAME`, `function ADDRESS NAME`, `output SHAPE`,
// `operator NAME {SHAPE}...`. What fails is one line on stderr, and the exit code is 3 while loading, 4 while running,
// 74 where a file cannot be written.
//
// All is as on a phone where the app's Java calls the same functions: LiteModuleLoader.load, PyTorchAndroid.setNumThreads,
// Tensor.fromBlob, Module.forward (pytorch_jni_lite.cpp of PyTorch 1.12.2).
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/record_function.h>
#include <torch/csrc/jit/mobile/import.h>
#include <torch/csrc/jit/mobile/module.h>

#include <fcntl.h>
#include <link.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace {

// Android's arm64 code reads its stack guard 40 bytes after the thread pointer, where a program's own thread-local
// memory lies on Linux: nothing may ever change there.
extern "C" {
__attribute__((used, aligned(16))) thread_local char android_slots[64];
}

// Must agree with plugin.c.
enum Span : long { FORGOTTEN = 0, LOAD = 1, FIRST = 2, STEADY = 3, OPERATOR = 4, BETWEEN_OPERATORS = 5 };
constexpr long MARK = 0x7e1b;

// Ends the span that began at the mark before. A system call that no kernel knows; the plugin sees it.
inline void end_span(Span span) {
  register long number asm("x8") = MARK;
  register long argument asm("x0") = span;
  asm volatile("svc 0" : "+r"(argument) : "r"(number) : "memory");
}

std::string text(at::IntArrayRef sizes) {
  std::string written;
  for (int64_t size : sizes) {
    written += (written.empty() ? "" : "x") + std::to_string(size);
  }
  return written.empty() ? "scalar" : written;
}

std::vector<int64_t> sizes_from(const char* shape) {
  std::vector<int64_t> sizes;
  for (char* rest = const_cast<char*>(shape); *rest; rest += *rest == 'x') {
    sizes.push_back(strtoll(rest, &rest, 10));
  }
  return sizes;
}

struct Input {
  std::vector<int64_t> sizes;
  at::MemoryFormat format;
  std::vector<float> values;

  at::Tensor tensor() {
    at::Tensor described = at::empty(sizes, at::TensorOptions().memory_format(format));
    return at::from_blob(values.data(), sizes, described.strides());
  }
};

Input read_input(const char* shape, const std::string& format, const char* path) {
  Input input{sizes_from(shape), at::MemoryFormat::Contiguous, {}};
  if (format == "channels_last") {
    input.format = at::MemoryFormat::ChannelsLast;
  }
  size_t count = 1;
  for (int64_t size : input.sizes) {
    count *= size;
  }
  input.values.resize(count);
  // Without a stream, whose buffer would be of the file system's size and make the heap another one.
  int file = open(path, O_RDONLY);
  char* next = reinterpret_cast<char*>(input.values.data());
  size_t left = count * sizeof(float);
  ssize_t taken;
  while (left && (taken = read(file, next, left)) > 0) {
    left -= taken;
    next += taken;
  }
  close(file);
  if (left) {
    throw std::runtime_error(std::string(path) + " does not hold an input of shape " + shape);
  }
  return input;
}

std::vector<at::Tensor> tensors_of(const c10::IValue& value) {
  if (value.isTensorList()) {
    return value.toTensorVector();
  }
  if (value.isTensor() && value.toTensor().defined()) {
    return {value.toTensor()};
  }
  return {};
}

std::vector<std::string> operators;

std::unique_ptr<at::ObserverContext> on_operator(const at::RecordFunction& called) {
  std::string line = called.name();
  for (const c10::IValue& value : called.inputs()) {
    for (const at::Tensor& tensor : tensors_of(value)) {
      line += " " + text(tensor.sizes());
    }
  }
  operators.push_back(line);
  end_span(BETWEEN_OPERATORS);
  return nullptr;
}

void after_operator(const at::RecordFunction&, at::ObserverContext*) { end_span(OPERATOR); }

int write_library(dl_phdr_info* library, size_t, void* report) {
  fprintf(static_cast<FILE*>(report), "library %lx %s\n", static_cast<unsigned long>(library->dlpi_addr),
          *library->dlpi_name ? library->dlpi_name : "elbench-count");
  return 0;
}

struct CannotWrite : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Lets a function write a file, whole or not at all.
template <typename Write>
void write_file(const char* path, Write write) {
  FILE* file = fopen(path, "wb");
  bool is_written = file && write(file);
  if (!file || ferror(file) || fclose(file) || !is_written) {
    throw CannotWrite(std::string(path) + " cannot be written");
  }
}

// Where the C library keeps what has a variant for each processor, and no name.
void write_functions(FILE* report) {
#define ADDRESS_OF(name) fprintf(report, "function %lx " #name "\n", reinterpret_cast<unsigned long>(&name))
  ADDRESS_OF(memcpy);
  ADDRESS_OF(memmove);
  ADDRESS_OF(memset);
  ADDRESS_OF(memcmp);
  ADDRESS_OF(strlen);
  ADDRESS_OF(strcmp);
#undef ADDRESS_OF
}

void write_report(const char* path, const at::Tensor& output) {
  write_file(path, [&](FILE* report) {
    dl_iterate_phdr(write_library, report);
    write_functions(report);
    fprintf(report, "output %s\n", text(output.sizes()).c_str());
    for (const std::string& line : operators) {
      fprintf(report, "operator %s\n", line.c_str());
    }
    return true;
  });
}

void write_output(const char* path, const at::Tensor& output) {
  at::Tensor values = output.contiguous();
  size_t count = values.numel();
  write_file(path, [&](FILE* file) { return fwrite(values.data_ptr<float>(), sizeof(float), count, file) == count; });
}

c10::IValue forward(torch::jit::mobile::Module& module, const std::vector<c10::IValue>& inputs, Span span) {
  std::vector<c10::IValue> handed = inputs;
  end_span(FORGOTTEN);
  c10::IValue output = module.forward(std::move(handed));
  end_span(span);
  return output;
}

at::Tensor run(torch::jit::mobile::Module& module, const std::vector<c10::IValue>& inputs) {
  forward(module, inputs, FIRST);
  forward(module, inputs, STEADY);
  at::addGlobalCallback(at::RecordFunctionCallback(on_operator, after_operator)
                            .needsInputs(true)
                            .scopes({at::RecordScope::LITE_INTERPRETER}));
  c10::IValue output = forward(module, inputs, BETWEEN_OPERATORS);
  if (!output.isTensor() || output.toTensor().scalar_type() != at::kFloat) {
    throw std::runtime_error("its output is not one float32 tensor");
  }
  return output.toTensor();
}

int failed(int code, const std::exception& error) {
  const auto* torch_error = dynamic_cast<const c10::Error*>(&error);
  std::string said = torch_error ? torch_error->what_without_backtrace() : error.what();
  fprintf(stderr, "elbench-count: %s\n", said.substr(0, said.find('\n')).c_str());
  return code;
}

int load_and_run(char** arguments, char** inputs_end) {
  int code = 3;
  try {
    at::set_num_threads(1);
    at::AutoDispatchBelowAutograd as_the_jni_does;  // by its older name, which prints a notice
    std::vector<Input> inputs;
    for (char** input = arguments + 4; input < inputs_end; input += 3) {
      inputs.push_back(read_input(input[0], input[1], input[2]));
    }
    std::vector<c10::IValue> tensors;
    for (Input& input : inputs) {
      tensors.emplace_back(input.tensor());
    }
    std::string path = arguments[1];
    end_span(FORGOTTEN);
    torch::jit::mobile::Module module = torch::jit::_load_for_mobile(path);
    end_span(LOAD);
    code = 4;
    at::Tensor output = run(module, tensors);
    write_report(arguments[2], output);
    write_output(arguments[3], output);
    return 0;
  } catch (const CannotWrite& error) {
    return failed(74, error);
  } catch (const std::exception& error) {
    return failed(code, error);
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 7 || (count - 4) % 3) {
    fprintf(stderr, "elbench-count: MODEL REPORT OUTPUT {SHAPE FORMAT FILE}...\n");
    return 2;
  }
  int code = load_and_run(arguments, arguments + count);
  fflush(nullptr);
  _exit(code);
}
