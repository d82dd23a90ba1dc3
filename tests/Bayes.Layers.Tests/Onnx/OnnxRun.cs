using Microsoft.ML.OnnxRuntime;

namespace Bayes.Layers.Tests.Onnx;

/// <summary>A file in ONNX Runtime.</summary>
internal sealed class OnnxRun : IDisposable
{
    private readonly InferenceSession _session;

    /// <summary>Loads a file, on one thread.</summary>
    public OnnxRun(string path)
    {
        using var options = new SessionOptions
        {
            IntraOpNumThreads = 1, InterOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        _session = new InferenceSession(path, options);
    }

    /// <summary>Gets the texts in the file's metadata.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _session.ModelMetadata.CustomMetadataMap;

    /// <summary>Gets what the runtime says about the model.</summary>
    public ModelMetadata Model => _session.ModelMetadata;

    /// <summary>Gets the names of the outputs.</summary>
    public IReadOnlyList<string> Outputs => _session.OutputNames;

    /// <summary>Gets the dimensions of the input, below 0 if any.</summary>
    public int[] InputDimensions => _session.InputMetadata.Values.Single().Dimensions;

    /// <summary>Runs the model on one input.</summary>
    /// <returns>The outputs by their names, in double precision.</returns>
    public Dictionary<string, Tensor> Run(Tensor input)
    {
        using var value = input.dtype == int64
            ? OrtValue.CreateTensorValueFromMemory(input.contiguous().data<long>().ToArray(), input.shape)
            : OrtValue.CreateTensorValueFromMemory(input.to(float32).contiguous().data<float>().ToArray(), input.shape);
        using var options = new RunOptions();
        using var results = _session.Run(options, new Dictionary<string, OrtValue> { [_session.InputNames[0]] = value }, _session.OutputNames);
        return _session.OutputNames.Zip(results).ToDictionary(
            each => each.First,
            each => tensor(each.Second.GetTensorDataAsSpan<float>().ToArray(), each.Second.GetTensorTypeAndShape().Shape).to(float64));
    }

    public void Dispose() => _session.Dispose();
}
