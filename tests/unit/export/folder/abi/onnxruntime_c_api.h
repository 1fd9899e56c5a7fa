// The part of ONNX Runtime's C interface that deploy/segment.cpp uses, for a machine that has the library (the Python
// package carries it) and not its headers. The functions' places in OrtApi are fixed for good: its own header asserts
// that version 1 ends with place 101 and version 2 with place 118.
#pragma once
#include <cstddef>
#include <cstdint>

struct OrtEnv;
struct OrtStatus;
struct OrtSession;
struct OrtSessionOptions;
struct OrtRunOptions;
struct OrtMemoryInfo;
struct OrtValue;
struct OrtAllocator;
struct OrtModelMetadata;

enum OrtLoggingLevel { ORT_LOGGING_LEVEL_WARNING = 2 };
enum OrtAllocatorType { OrtArenaAllocator = 1 };
enum OrtMemType { OrtMemTypeDefault = 0 };
enum ONNXTensorElementDataType { ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8 = 2 };

struct OrtApi {
  void* unused_0[2];
  const char* (*GetErrorMessage)(const OrtStatus*);                      // 2
  OrtStatus* (*CreateEnv)(OrtLoggingLevel, const char*, OrtEnv**);       // 3
  void* unused_4[3];
  OrtStatus* (*CreateSession)(const OrtEnv*, const char*, const OrtSessionOptions*, OrtSession**);  // 7
  void* unused_8[1];
  OrtStatus* (*Run)(OrtSession*, const OrtRunOptions*, const char* const*, const OrtValue* const*, size_t,
                    const char* const*, size_t, OrtValue**);             // 9
  OrtStatus* (*CreateSessionOptions)(OrtSessionOptions**);               // 10
  void* unused_11[38];
  OrtStatus* (*CreateTensorWithDataAsOrtValue)(const OrtMemoryInfo*, void*, size_t, const int64_t*, size_t,
                                               ONNXTensorElementDataType, OrtValue**);  // 49
  void* unused_50[1];
  OrtStatus* (*GetTensorMutableData)(OrtValue*, void**);                 // 51
  void* unused_52[17];
  OrtStatus* (*CreateCpuMemoryInfo)(OrtAllocatorType, OrtMemType, OrtMemoryInfo**);  // 69
  void* unused_70[6];
  OrtStatus* (*AllocatorFree)(OrtAllocator*, void*);                     // 76
  void* unused_77[1];
  OrtStatus* (*GetAllocatorWithDefaultOptions)(OrtAllocator**);          // 78
  void* unused_79[13];
  void (*ReleaseEnv)(OrtEnv*);                                           // 92
  void (*ReleaseStatus)(OrtStatus*);                                     // 93
  void (*ReleaseMemoryInfo)(OrtMemoryInfo*);                             // 94
  void (*ReleaseSession)(OrtSession*);                                   // 95
  void (*ReleaseValue)(OrtValue*);                                       // 96
  void* unused_97[3];
  void (*ReleaseSessionOptions)(OrtSessionOptions*);                     // 100
  void* unused_101[10];
  OrtStatus* (*SessionGetModelMetadata)(const OrtSession*, OrtModelMetadata**);  // 111
  void* unused_112[4];
  OrtStatus* (*ModelMetadataLookupCustomMetadataMap)(const OrtModelMetadata*, OrtAllocator*, const char*,
                                                     char**);            // 116
  void* unused_117[1];
  void (*ReleaseModelMetadata)(OrtModelMetadata*);                       // 118
};
static_assert(offsetof(OrtApi, ReleaseSessionOptions) / sizeof(void*) == 100);
static_assert(offsetof(OrtApi, ReleaseModelMetadata) / sizeof(void*) == 118);

struct OrtApiBase {
  const OrtApi* (*GetApi)(uint32_t);
  const char* (*GetVersionString)();
};
extern "C" const OrtApiBase* OrtGetApiBase();
