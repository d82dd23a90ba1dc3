using Bayes.Layers.Likelihoods;
using Bayes.Layers.Onnx;

namespace Bayes.Layers.Tests.Onnx;

/// <summary>A test with a folder of its own for exported files.</summary>
public abstract class OnnxTest : TorchTest, IDisposable
{
    /// <summary>How far numbers of single precision may be off.</summary>
    protected const double Tolerance = 1e-5;

    private readonly string _folder = Directory.CreateTempSubdirectory("onnx-tests-").FullName;

    /// <summary>Gets a path in the folder.</summary>
    protected string FilePath(string name = "model.onnx") => Path.Combine(_folder, name);

    /// <summary>Gets the names of the files in the folder.</summary>
    protected IEnumerable<string?> Files => Directory.GetFiles(_folder).Select(Path.GetFileName);

    /// <summary>Exports a distribution, and runs it in ONNX Runtime.</summary>
    protected Dictionary<string, Tensor> Export(
        FunctionDistribution functions, Likelihood? likelihood, Tensor input, OnnxExportOptions options)
    {
        OnnxExport.Save(functions, likelihood, FilePath(), options);
        using var run = new OnnxRun(FilePath());
        return run.Run(input);
    }

    void IDisposable.Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        base.Dispose();
        GC.SuppressFinalize(this);
    }
}
