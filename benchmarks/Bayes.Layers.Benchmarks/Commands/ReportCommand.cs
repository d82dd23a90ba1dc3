using System.CommandLine;
using System.Text.Json;
using Bayes.Layers.Benchmarks.Measuring;
using Bayes.Layers.Benchmarks.Reports;
using Bayes.Layers.Benchmarks.Work;
using Bayes.Layers.Reports.Pages;
using Bayes.Layers.Samples.Support.CommandLine;
using Bayes.Layers.Samples.Support.Running;

namespace Bayes.Layers.Benchmarks.Commands;

/// <summary>All cases, compared with the loop by hand, PyTorch and their unavoidable parts, as one page.</summary>
internal static class ReportCommand
{
    private const string AllDevices = "all";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static Command Create(TextWriter output)
    {
        var folder =
            CommandOptions.Folder("Folder for the page, its numbers and figures; created if missing.", Path.Combine("artifacts", "benchmarks"));
        var python = new Option<string?>("--python")
        {
            Description = "A Python interpreter that has PyTorch, or none.", HelpName = "program", DefaultValueFactory = _ => "python3",
        };
        CommandOptions.RefuseBlank(python);
        var device = CommandOptions.Choice("--device", "Where to compute: all existing devices, cpu, or cuda:0.", AllDevices,
            [AllDevices, "cpu", "cuda:0"]);
        var question = CommandOptions.Choice("--question", "One question alone, by its title, or all.", "all",
            ["all", .. Section.All.Select(section => section.Title)]);
        var command = new Command("report",
            "All cases, compared with PyTorch and the unavoidable parts, as a page with tables and figures: fifteen minutes or more.");
        foreach (Option option in new Option[] { folder, python, device, question })
            command.Options.Add(option);
        command.SetAction(parsed => Run(
            parsed.GetValue(folder)!, parsed.GetValue(python) is "none" ? null : parsed.GetValue(python), parsed.GetValue(device)!,
            parsed.GetValue(question)!, output));
        return command;
    }

    private static int Run(string path, string? python, string deviceName, string question, TextWriter output)
    {
        string folder = OutputFolder.Prepare(path);
        IReadOnlyList<string> devices = deviceName == AllDevices ? ComputeDevices.Present
            : ComputeDevices.Present.Contains(deviceName) ? [deviceName]
            : throw new InvalidOperationException($"--device is '{deviceName}', but {ComputeDevices.LeftOut}");
        IReadOnlyList<Section> sections = [.. Section.All.Where(section => question == "all" || section.Title == question)];
        var reports = new List<DeviceReport>();
        foreach (string device in devices)
        {
            reports.Add(new ReportRun(device, python, output.WriteLine).Measure(sections));
            // Saves the measurements before anything else can fail.
            WholeFile.Write(Path.Combine(folder, "report.json"), JsonSerializer.Serialize(reports, Json) + "\n");
        }
        var figures = Figures(reports, folder);
        string command = "dotnet run -c Release --project benchmarks/Bayes.Layers.Benchmarks -- report";
        WholeFile.Write(
            Path.Combine(folder, "report.md"),
            MarkdownReport.Text(reports, DateOnly.FromDateTime(DateTime.Now), command,
                deviceName == AllDevices ? ComputeDevices.LeftOut : null, figures));
        output.WriteLine($"The report is in {folder}.");
        return reports.SelectMany(report => report.Sections).All(section => section.NotTimed.Count == 0) ? ExitCode.Success : ExitCode.Failure;
    }

    private static List<(string Title, string File)> Figures(IReadOnlyList<DeviceReport> reports, string folder)
    {
        var figures = new List<(string, string)>();
        foreach (var curve in Curves.All)
        {
            (string Device, IReadOnlyList<(int, CaseResult)> Points)[] lines =
            [
                .. reports.Select(report => (report.Device, (IReadOnlyList<(int, CaseResult)>)
                [
                    .. from point in curve.Points
                       from result in report.Sections.SelectMany(section => section.Cases)
                       where result.Key == point.Case.Key
                       select (point.At, result),
                ])),
            ];
            if (lines.Any(line => line.Points.Count == 0))
                continue;
            string file = curve.Name + ".png";
            ScalingFigure.Draw(curve.Title, curve.Axis, lines).SavePng(Path.Combine(folder, file));
            figures.Add(($"Time of {curve.What} by {curve.Axis}: {curve.Title}", file));
        }
        return figures;
    }
}
