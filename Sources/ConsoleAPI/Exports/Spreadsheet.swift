/// An Excel file of one sheet (ECMA-376), made from front to back.
struct Spreadsheet {
    /// Rows a sheet can have, the heading included.
    static let maxRows = 1_048_576

    private var zip = ZipStream()

    /// The first bytes, up to the first row.
    mutating func begin(sheet: String) -> [UInt8] {
        file("[Content_Types].xml", Self.contentTypes) + file("_rels/.rels", Self.relations)
            + file("xl/workbook.xml", Self.workbook(sheet)) + file("xl/_rels/workbook.xml.rels", Self.workbookRelations)
            + zip.begin("xl/worksheets/sheet1.xml") + zip.write(Array(Self.sheetStart.utf8))
    }

    /// The next rows.
    mutating func rows(_ rows: [[ExportColumn.Cell]]) -> [UInt8] {
        var xml: [UInt8] = []
        for row in rows {
            xml += "<row>".utf8
            for cell in row {
                switch cell {
                case .empty: xml += "<c/>".utf8
                case .number(let number): xml += "<c><v>\(number)</v></c>".utf8
                case .text(let text):
                    xml += "<c t=\"inlineStr\"><is><t xml:space=\"preserve\">".utf8
                    xml += Self.escaped(text)
                    xml += "</t></is></c>".utf8
                }
            }
            xml += "</row>".utf8
        }
        return zip.write(xml)
    }

    /// The last bytes.
    mutating func end() -> [UInt8] {
        zip.write(Array("</sheetData></worksheet>".utf8)) + zip.end() + zip.finish()
    }

    private mutating func file(_ name: String, _ contents: String) -> [UInt8] {
        zip.begin(name) + zip.write(Array(contents.utf8)) + zip.end()
    }

    /// UTF-16 code units a cell can have.
    private static let maxCell = 32_767

    /// Without what XML cannot hold, and no longer than a cell may be.
    static func escaped(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var left = maxCell
        for scalar in text.unicodeScalars {
            left -= UTF16.width(scalar)
            if left < 0 { break }
            switch scalar {
            case "&": bytes += "&amp;".utf8
            case "<": bytes += "&lt;".utf8
            case ">": bytes += "&gt;".utf8
            case "\t", "\n", "\r": bytes += String(scalar).utf8
            case let scalar where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: continue
            default: bytes += String(scalar).utf8
            }
        }
        return bytes
    }

    private static let heading = #"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#
    private static let sheetStart =
        heading
        + #"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>"#
    private static let contentTypes =
        heading
        + #"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">"#
        + #"<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>"#
        + #"<Override PartName="/xl/workbook.xml" "#
        + #"ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>"#
        + #"<Override PartName="/xl/worksheets/sheet1.xml" "#
        + #"ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"#
    private static let relations =
        heading
        + #"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" "#
        + #"Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" "#
        + #"Target="xl/workbook.xml"/></Relationships>"#
    private static let workbookRelations =
        heading
        + #"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" "#
        + #"Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" "#
        + #"Target="worksheets/sheet1.xml"/></Relationships>"#

    private static func workbook(_ sheet: String) -> String {
        heading + #"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" "#
            + #"xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name=""#
            + sheet + #"" sheetId="1" r:id="rId1"/></sheets></workbook>"#
    }
}
