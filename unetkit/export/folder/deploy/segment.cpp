// Segment a picture with an exported .onnx model: OpenCV and ONNX Runtime's C API, nothing else.
//
//     c++ -std=c++17 -O2 segment.cpp -o segment $(pkg-config --cflags --libs opencv4)
//         -I ONNXRUNTIME/include -L ONNXRUNTIME/lib -lonnxruntime
//     ./segment model.int8.onnx picture.jpg mask.png
//
// The mask holds the index of each pixel's class; the classes are in the model file, and are printed.

#include <onnxruntime_c_api.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

constexpr uint32_t kApiVersion = 2;  // the oldest that has all that is used here

// What the model file says of itself; docs/model-spec.md of unetkit has every field.
struct Spec {
  int height = 0, width = 0, channels = 0;
  double zero_point = 0, threshold = 0.5;
  bool letterbox = false, sigmoid = false, logits = true;
  std::vector<std::string> classes;

  explicit Spec(const std::string& json) {
    const cv::FileStorage file(json, cv::FileStorage::READ | cv::FileStorage::MEMORY | cv::FileStorage::FORMAT_JSON);
    const cv::FileNode input = file["input"];
    height = static_cast<int>(input["height"]);
    width = static_cast<int>(input["width"]);
    zero_point = static_cast<double>(input["zero_point"]);
    letterbox = static_cast<std::string>(input["fit"]) == "letterbox";
    sigmoid = static_cast<std::string>(file["head"]) == "sigmoid";
    logits = static_cast<std::string>(file["scores"]) == "logits";
    threshold = static_cast<double>(file["threshold"]);
    for (const cv::FileNode& item : file["classes"]) classes.push_back(static_cast<std::string>(item["name"]));
    channels = sigmoid ? 1 : static_cast<int>(classes.size());
  }
};

class Model {
 public:
  explicit Model(const std::string& path) : api_(OrtGetApiBase()->GetApi(kApiVersion)), spec_(open(path)) {}

  ~Model() {
    api_->ReleaseMemoryInfo(memory_);
    api_->ReleaseSession(session_);
    api_->ReleaseSessionOptions(options_);
    api_->ReleaseEnv(environment_);
  }

  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  const Spec& spec() const { return spec_; }

  // 8-bit BGR frame -> 8-bit mask of the frame's size, the index of each pixel's class.
  cv::Mat segment(const cv::Mat& frame) {
    const cv::Rect place = placed(frame.size());
    cv::Mat tensor(spec_.height, spec_.width, CV_8UC3, cv::Scalar::all(spec_.zero_point));
    fitted(frame, place.size()).copyTo(tensor(place));

    const int64_t shape[] = {1, spec_.height, spec_.width, 3};
    OrtValue* input = nullptr;
    check(api_->CreateTensorWithDataAsOrtValue(memory_, tensor.data, tensor.total() * 3, shape, 4,
                                               ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8, &input));
    OrtValue* output = nullptr;
    const char* const inputs[] = {"frame"};
    const char* const outputs[] = {"scores"};
    const OrtValue* const given[] = {input};
    OrtStatus* failed = api_->Run(session_, nullptr, inputs, given, 1, outputs, 1, &output);
    api_->ReleaseValue(input);
    check(failed);
    void* data = nullptr;
    check(api_->GetTensorMutableData(output, &data));
    const cv::Mat scores(spec_.height, spec_.width, CV_32FC(spec_.channels), data);  // rows, columns, channels
    const cv::Mat labels = labelled(scores(place), frame.size());
    api_->ReleaseValue(output);
    return labels;
  }

 private:
  Spec open(const std::string& path) {
    check(api_->CreateEnv(ORT_LOGGING_LEVEL_WARNING, "segment", &environment_));
    check(api_->CreateSessionOptions(&options_));
    check(api_->CreateSession(environment_, path.c_str(), options_, &session_));
    check(api_->CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &memory_));
    OrtModelMetadata* metadata = nullptr;
    OrtAllocator* allocator = nullptr;
    char* json = nullptr;
    check(api_->SessionGetModelMetadata(session_, &metadata));
    check(api_->GetAllocatorWithDefaultOptions(&allocator));
    check(api_->ModelMetadataLookupCustomMetadataMap(metadata, allocator, "unetkit_spec", &json));
    if (json == nullptr) throw std::runtime_error(path + " was not exported by unetkit");
    const Spec spec{std::string(json)};
    check(api_->AllocatorFree(allocator, json));
    api_->ReleaseModelMetadata(metadata);
    return spec;
  }

  // Where the frame lies in the model's input: all over it, or centred with its aspect kept.
  cv::Rect placed(const cv::Size& frame) const {
    if (!spec_.letterbox) return {0, 0, spec_.width, spec_.height};
    const double ratio = std::min(static_cast<double>(spec_.height) / frame.height,
                                  static_cast<double>(spec_.width) / frame.width);
    const int height = std::max(1, static_cast<int>(std::nearbyint(frame.height * ratio)));
    const int width = std::max(1, static_cast<int>(std::nearbyint(frame.width * ratio)));
    return {(spec_.width - width) / 2, (spec_.height - height) / 2, width, height};
  }

  // Bilinear; where that would skip pixels, four bilinear samples averaged a pixel.
  static cv::Mat fitted(const cv::Mat& frame, const cv::Size& size) {
    if (frame.size() == size) return frame;
    cv::Mat resized;
    if (frame.rows > 2 * size.height || frame.cols > 2 * size.width) {
      cv::Mat larger;
      cv::resize(frame, larger, size * 2, 0, 0, cv::INTER_LINEAR);
      cv::resize(larger, resized, size, 0, 0, cv::INTER_AREA);
    } else {
      cv::resize(frame, resized, size, 0, 0, cv::INTER_LINEAR);
    }
    return resized;
  }

  // Scores enlarged to the frame; then the largest wins, or the threshold is applied.
  cv::Mat labelled(const cv::Mat& scores, const cv::Size& size) const {
    std::vector<cv::Mat> planes;
    cv::split(scores, planes);
    cv::Mat best;
    cv::resize(planes[0], best, size);
    if (spec_.sigmoid) {
      const double p = spec_.threshold;
      return (best > (spec_.logits ? std::log(p / (1 - p)) : p)) / 255;
    }
    cv::Mat labels = cv::Mat::zeros(size, CV_8U);
    for (int index = 1; index < spec_.channels; ++index) {
      cv::Mat plane;
      cv::resize(planes[index], plane, size);
      labels.setTo(index, plane > best);
      best = cv::max(best, plane);
    }
    return labels;
  }

  void check(OrtStatus* status) const {
    if (status == nullptr) return;
    const std::string message = api_->GetErrorMessage(status);
    api_->ReleaseStatus(status);
    throw std::runtime_error(message);
  }

  const OrtApi* api_;
  OrtEnv* environment_ = nullptr;
  OrtSessionOptions* options_ = nullptr;
  OrtSession* session_ = nullptr;
  OrtMemoryInfo* memory_ = nullptr;
  Spec spec_;
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) {
    std::cerr << "usage: segment MODEL PICTURE MASK\n";
    return EXIT_FAILURE;
  }
  try {
    const cv::Mat frame = cv::imread(arguments[2]);
    if (frame.empty()) throw std::runtime_error(std::string("cannot read ") + arguments[2]);
    Model model(arguments[1]);
    const cv::Mat labels = model.segment(frame);
    if (!cv::imwrite(arguments[3], labels)) throw std::runtime_error(std::string("cannot write ") + arguments[3]);
    for (std::size_t index = 0; index < model.spec().classes.size(); ++index) {
      const double share = 100.0 * cv::countNonZero(labels == static_cast<double>(index)) / labels.total();
      std::cout << index << " " << model.spec().classes[index] << ": " << share << "%\n";
    }
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
