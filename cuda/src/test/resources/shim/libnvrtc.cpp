// NVRTC without CUDA: g++ makes a shared object of the unmodified source after cpu.h, which lies beside this library.
// That object stands for the cubin; this folder's driver loads it.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <unistd.h>
#include <vector>

struct Program {
  std::string source, image, log;
  bool isPtx = false;
};
enum { SUCCESS = 0, INVALID_PROGRAM = 4, COMPILATION = 6 };
static const int architectures[] = {75, 80, 86, 87, 88, 89, 90, 100, 103, 110, 120, 121};  // of NVRTC 13.0

static std::string folder() {
  Dl_info info;
  dladdr((void*)folder, &info);
  std::string path = info.dli_fname;
  return path.substr(0, path.rfind('/'));
}

static std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream all;
  all << in.rdbuf();
  return all.str();
}

// The source without what is left out for the architecture; macros are kept.
static std::string preprocessed(const std::string& dir, const std::string& define) {
  std::string to = dir + "/kernels.ii";
  std::string command = "g++ -E -fdirectives-only -x c++ " + define + " -o '" + to + "' '" + dir + "/kernels.cu' 2> /dev/null";
  return system(command.c_str()) ? "" : read(to);
}

// An entry of the module's table for each kernel. Kernels are plain, or made by a macro for each number that it is given.
static std::string tableOf(const std::string& source) {
  std::regex begin("^#define (\\w+_KERNELS)\\((\\w+)\\)"), use("^(\\w+_KERNELS)\\((\\d+)\\)"),
      kernel("__global__ void (\\w+)( *##\\w+)?\\(");
  std::map<std::string, std::vector<std::string>> generated;
  std::string macro, kernels;
  std::istringstream lines(source);
  for (std::string line; std::getline(lines, line);) {
    std::smatch found;
    if (std::regex_search(line, found, begin)) macro = found[1];
    if (std::regex_search(line, found, use))
      for (auto& name : generated[found[1]]) kernels += "CPU_KERNEL(" + name + found[2].str() + "),";
    for (std::sregex_iterator each(line.begin(), line.end(), kernel), end; each != end; ++each)  // a macro is one line
      if ((*each)[2].matched) generated[macro].push_back((*each)[1]);
      else kernels += "CPU_KERNEL(" + (*each)[1].str() + "),";
  }
  return kernels;
}

// What the assembler says of functions with more shared memory than a block has.
static std::string tooMuchShared(const std::string& object) {
  std::string command = "objdump -tC -j .tbss '" + object + "'", errors;
  std::map<std::string, size_t> bytes;
  FILE* symbols = popen(command.c_str(), "r");
  char line[4096];
  while (symbols && fgets(line, sizeof line, symbols)) {
    std::string text = line;
    size_t section = text.find(".tbss\t"), variable = text.rfind("::");
    if (section == std::string::npos || variable == std::string::npos) continue;
    std::string function = text.substr(section + 23, variable - section - 23);
    bytes[function] += std::stoul(text.substr(section + 6, 16), nullptr, 16);
  }
  if (symbols) pclose(symbols);
  for (auto& [function, size] : bytes)
    if (size > 48 * 1024)
      errors += "ptxas error: " + function + " uses " + std::to_string(size) + " bytes of shared data, at most 49152\n";
  return errors;
}

extern "C" {
int nvrtcVersion(int* major, int* minor) { *major = 13; *minor = 0; return SUCCESS; }
const char* nvrtcGetErrorString(int e) { return e == SUCCESS ? "NVRTC_SUCCESS" : "NVRTC_ERROR_COMPILATION"; }
int nvrtcCreateProgram(Program** p, const char* source, const char*, int, const char* const*, const char* const*) {
  *p = new Program{source, "", ""};
  return SUCCESS;
}
int nvrtcDestroyProgram(Program** p) { delete *p; *p = nullptr; return SUCCESS; }
int nvrtcCompileProgram(Program* p, int count, const char* const* options) {
  std::string define;
  for (int i = 0; i < count; i++) {
    std::string option = options[i];
    p->log += option + "\n";
    std::smatch architecture;
    if (std::regex_match(option, architecture, std::regex("--gpu-architecture=(sm|compute)_(\\d+)"))) {
      define = "-D__CUDA_ARCH__=" + architecture[2].str() + "0";
      p->isPtx = architecture[1] == "compute";
    }
  }
  if (getenv("SHIM_NVRTC")) return COMPILATION;
  char base[] = "/tmp/coconut-nvrtc-XXXXXX";
  if (!mkdtemp(base)) return COMPILATION;
  std::string dir = base;
  std::ofstream(dir + "/kernels.cu") << p->source;
  std::ofstream(dir + "/module.cpp")
      << "#include \"cpu.h\"\n#include \"kernels.cu\"\nstatic std::vector<cpu::Kernel> kernels = {"
      << tableOf(preprocessed(dir, define))
      << "};\nextern \"C\" void cpu_memory(uint64_t begin, uint64_t end, const uint16_t* allocated) {\n"
         "  cpu::memory = {begin, end}, cpu::allocated = allocated;\n}\n"
         "extern \"C\" cpu::Kernel* cpu_kernel(const char* name) {\n"
         "  for (auto& k : kernels) if (!strcmp(k.name, name)) return &k;\n  return nullptr;\n}\n"
         "extern \"C\" void cpu_order(int order) { cpu::order = order; }\n"
         "extern \"C\" void cpu_races(int finds) { cpu::findsRaces = finds; }\n";
  std::string checks = "-fsanitize=alignment,bounds-strict,signed-integer-overflow -fsanitize=thread"
                       " --param tsan-instrument-func-entry-exit=0";
  std::string compile = "g++ -std=c++17 -O1 -fno-gnu-unique -U_FORTIFY_SOURCE -fno-strict-aliasing -ffp-contract=off -fPIC -w " + checks + " " +
                        define + " -I'" + folder() + "' -I'" + dir + "' -c -o '" + dir + "/kernels.o' '" + dir +
                        "/module.cpp' 2> '" + dir + "/log'";
  // Without the checks' own library: cpu.h has what they call.
  std::string link =
      "g++ -shared -Wl,-Bsymbolic -o '" + dir + "/kernels.so' '" + dir + "/kernels.o' 2>> '" + dir + "/log'";
  bool made = !system((compile + " && " + link).c_str());
  std::string errors = made ? tooMuchShared(dir + "/kernels.so") : "";
  p->log += read(dir + "/log") + errors;
  p->image = read(dir + "/kernels.so");
  for (const char* name : {"/kernels.cu", "/kernels.ii", "/module.cpp", "/kernels.o", "/kernels.so", "/log"})
    unlink((dir + name).c_str());
  rmdir(base);
  return made && errors.empty() && !p->image.empty() ? SUCCESS : COMPILATION;
}
int nvrtcGetProgramLogSize(Program* p, size_t* n) { *n = p->log.size() + 1; return SUCCESS; }
int nvrtcGetProgramLog(Program* p, char* to) { memcpy(to, p->log.c_str(), p->log.size() + 1); return SUCCESS; }
int nvrtcGetNumSupportedArchs(int* n) { *n = sizeof architectures / sizeof *architectures; return SUCCESS; }
int nvrtcGetSupportedArchs(int* to) { memcpy(to, architectures, sizeof architectures); return SUCCESS; }
static int size(Program* p, size_t* n, bool ptx) { *n = p->isPtx == ptx ? p->image.size() : 0; return SUCCESS; }
static int content(Program* p, char* to, bool ptx) {
  if (p->isPtx != ptx) return INVALID_PROGRAM;
  memcpy(to, p->image.data(), p->image.size());
  return SUCCESS;
}
int nvrtcGetCUBINSize(Program* p, size_t* n) { return size(p, n, false); }
int nvrtcGetCUBIN(Program* p, char* to) { return content(p, to, false); }
int nvrtcGetPTXSize(Program* p, size_t* n) { return size(p, n, true); }
int nvrtcGetPTX(Program* p, char* to) { return content(p, to, true); }
}
